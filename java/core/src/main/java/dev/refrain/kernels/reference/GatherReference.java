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
        long first = g * seriesStride + start(s, a, state, g, n) * s.columns();
        for (int t = 0; t < s.steps(); t++) {
          int row = t * s.batch() + n;
          int source = (int) (first + (long) t * s.columns());
          System.arraycopy(series, source, x.data, x.start(g, row), s.inputs());
          if (target != null) {
            int ahead = source + s.shift() * s.columns() + s.targetColumn();
            System.arraycopy(series, ahead, target.data, target.start(g, row), s.outputs());
          }
        }
      }
    }
  }

  private static long start(
      GatherShape s, GatherArguments a, ReferenceState state, int group, int n) {
    long last = rows(s, a, group) - s.steps() - s.shift();
    if (a.starts() == null) {
      long word = PhiloxReference.word(state.group(group), PhiloxReference.GATHER, n);
      return PhiloxReference.below(last + 1, word);
    }
    int[] starts = ((ReferenceIndices) a.starts()).data();
    int perStep = s.groups() * s.batch();
    long step = state.group(group).step;
    if (step < 1) {
      throw new IllegalStateException(
          "group " + group + " has begun no step; gather with starts comes after advance");
    }
    int round = (int) ((step - 1) % (starts.length / perStep));
    int start = starts[round * perStep + group * s.batch() + n];
    return Math.max(0, Math.min(start, last));
  }

  private static long rows(GatherShape s, GatherArguments a, int group) {
    if (a.rowsOf() == null) {
      return s.rows();
    }
    int rows = ((ReferenceIndices) a.rowsOf()).data()[group];
    if (rows < s.steps() + s.shift() || rows > s.rows()) {
      throw new IllegalArgumentException(
          String.format(
              "rowsOf group %d is %d; it must lie in %d..%d",
              group, rows, s.steps() + s.shift(), s.rows()));
    }
    return rows;
  }
}
