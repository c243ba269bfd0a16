package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.LossShape;

/**
 * Which of the rows {@code t·N + n} of each sequence are valid, and the order a layer takes them.
 */
final class Sequences {
  private final int steps;
  private final int batch;
  private final int[] lengths;
  private final boolean reverse;

  private Sequences(int steps, int batch, IndexBuffer lengths, boolean reverse) {
    this.steps = steps;
    this.batch = batch;
    this.lengths = lengths == null ? null : ((ReferenceIndices) lengths).data();
    this.reverse = reverse;
  }

  static Sequences of(CellShape shape, CellSequence sequence) {
    return new Sequences(shape.steps(), shape.batch(), sequence.lengths(), sequence.reverse());
  }

  static Sequences of(LossShape shape, IndexBuffer lengths) {
    return new Sequences(shape.steps(), shape.batch(), lengths, false);
  }

  /** Number of valid steps of sequence {@code n}; a length outside 0..T counts as the nearest. */
  int length(int group, int n) {
    return lengths == null ? steps : Math.max(0, Math.min(lengths[group * batch + n], steps));
  }

  /** Row of the step that a layer takes as its {@code k}-th, {@code k < length}. */
  int row(int group, int n, int k) {
    int t = reverse ? length(group, n) - 1 - k : k;
    return t * batch + n;
  }

  /** Stores 0 in the rows past the end of sequence {@code n}. */
  void clearPadding(Rows rows, int group, int n, int columns) {
    for (int t = length(group, n); t < steps; t++) {
      rows.fillRow(group, t * batch + n, columns, 0);
    }
  }
}
