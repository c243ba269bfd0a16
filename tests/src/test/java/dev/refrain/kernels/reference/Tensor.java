package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.View;
import java.util.Arrays;
import java.util.Random;

/**
 * A {@code [groups, rows, columns]} array with gaps before it, behind each row and behind each
 * group, so that wrong strides show.
 */
final class Tensor {
  /** Elements before the first one, behind each row and behind each group. */
  static final int GAP = 3;

  private final Buffer buffer;
  private final int groups;
  private final int rows;
  private final int columns;

  Tensor(Kernels kernels, int groups, int rows, int columns) {
    this.groups = groups;
    this.rows = rows;
    this.columns = columns;
    this.buffer = kernels.allocate(GAP + (long) groups * groupStride());
    double[] all = new double[(int) buffer.size()];
    Arrays.fill(all, Double.NaN);
    buffer.writeDoubles(all);
  }

  Buffer buffer() {
    return buffer;
  }

  int groupStride() {
    return rows * rowStride() + GAP;
  }

  private int rowStride() {
    return columns + GAP;
  }

  View view() {
    return new View(buffer, GAP, groupStride(), rowStride());
  }

  Tensor random(Random random, double scale) {
    double[] values = new double[groups * rows * columns];
    Arrays.setAll(values, i -> scale * random.nextGaussian());
    write(values);
    return this;
  }

  void write(double[] values) {
    for (int row = 0; row < groups * rows; row++) {
      buffer.writeDoubles(start(row), values, row * columns, columns);
    }
  }

  double[] read() {
    double[] values = new double[groups * rows * columns];
    for (int row = 0; row < groups * rows; row++) {
      buffer.readDoubles(start(row), values, row * columns, columns);
    }
    return values;
  }

  private long start(int row) {
    return GAP + (long) (row / rows) * groupStride() + (long) (row % rows) * rowStride();
  }

  /** Whether the gaps still hold what they held at first. */
  boolean gapsAreUntouched() {
    double[] all = buffer.readDoubles();
    for (int row = 0; row < groups * rows; row++) {
      Arrays.fill(all, (int) start(row), (int) start(row) + columns, Double.NaN);
    }
    return Arrays.stream(all).allMatch(Double::isNaN);
  }

  /** {@code Σ this·weights}. */
  double dot(double[] weights) {
    double[] values = read();
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * weights[i];
    }
    return sum;
  }

  /** {@code Σ |this·weights|}. */
  double size(double[] weights) {
    double[] values = read();
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += Math.abs(values[i] * weights[i]);
    }
    return sum;
  }
}
