package dev.refrain.kernels.reference;

import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;

/** Windows out of a series, gather.h. */
final class GatherReference {
  private GatherReference() {}

  static void gather(GatherShape s, GatherArguments a, ReferenceState state) {
    double[] series = ((ReferenceBuffer) a.series()).data();
    Rows x = Rows.of(a.x());
    Rows target = Rows.of(a.target());
    long seriesStride = s.sharedSeries() ? 0 : s.rows() * s.columns();
    for (int g = 0; g < s.groups(); g++) {
      for (int n = 0; n < s.batch(); n++) {
        long start = start(s, a, state, g, n);
        for (int t = 0; t < s.steps(); t++) {
          int row = t * s.batch() + n;
          long input = (start + s.inputShift() + t) * s.columns() + s.inputColumn();
          int from = (int) (g * seriesStride + input);
          System.arraycopy(series, from, x.data, x.start(g, row), s.inputs());
          if (target != null) {
            long output = (start + s.targetShift() + t) * s.columns() + s.targetColumn();
            from = (int) (g * seriesStride + output);
            System.arraycopy(series, from, target.data, target.start(g, row), s.outputs());
          }
        }
      }
    }
  }

  /** The row of the series at which window {@code n} starts, in 0..last. */
  private static long start(
      GatherShape s, GatherArguments a, ReferenceState state, int group, int n) {
    long last = last(s, a, group);
    if (a.starts() == null) {
      long word = PhiloxReference.word(state.group(group), PhiloxReference.GATHER, n);
      return PhiloxReference.below(last + 1, word);
    }
    int[] starts = ((ReferenceIndices) a.starts()).data();
    int perRound = s.groups() * s.batch();
    long step = Math.max(state.group(group).step, 1);
    int round = (int) ((step - 1) % (starts.length / perRound));
    int start = starts[round * perRound + group * s.batch() + n];
    return Math.max(0, Math.min(start, last));
  }

  private static long last(GatherShape s, GatherArguments a, int group) {
    long rows = s.rows();
    if (a.rowsOf() != null) {
      rows = Math.min(((ReferenceIndices) a.rowsOf()).data()[group], s.rows());
    }
    return Math.max(0, rows - s.span());
  }
}
