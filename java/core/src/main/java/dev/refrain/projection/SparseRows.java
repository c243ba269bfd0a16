package dev.refrain.projection;

/**
 * A square matrix of which each row has a few elements.
 *
 * <p>Row i has the elements {@code starts[i] .. starts[i+1]} of columns and values; the columns of
 * a row ascend.
 */
final class SparseRows {
  final int[] starts;
  final int[] columns;
  final float[] values;

  SparseRows(int[] starts, int[] columns, float[] values) {
    this.starts = starts;
    this.columns = columns;
    this.values = values;
  }

  int rows() {
    return starts.length - 1;
  }
}
