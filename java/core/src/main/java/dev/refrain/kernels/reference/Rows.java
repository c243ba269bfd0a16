package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.View;

/** A {@link View} of an array: where each row starts, and how a value is stored there. */
final class Rows {
  final double[] data;
  private final ReferenceBuffer buffer;
  private final long offset;
  private final long groupStride;
  private final long rowStride;

  private Rows(View view) {
    buffer = (ReferenceBuffer) view.buffer();
    data = buffer.data();
    offset = view.offset();
    groupStride = view.groupStride();
    rowStride = view.rowStride();
  }

  /** The rows of a view, or null where it is absent. */
  static Rows of(View view) {
    return view == null ? null : new Rows(view);
  }

  /** A whole buffer {@code [G, rows, columns]} without gaps. */
  static Rows of(Buffer buffer, long rows, long columns) {
    return new Rows(View.of(buffer, rows, columns));
  }

  /** Index of column 0. */
  int start(int group, long row) {
    return (int) (offset + group * groupStride + row * rowStride);
  }

  /** The value as it will be stored. */
  double round(double value) {
    return buffer.round(value);
  }

  void store(int index, double value) {
    data[index] = buffer.round(value);
  }

  /** Stores {@code values} as one row. */
  void storeRow(int group, long row, double[] values) {
    int start = start(group, row);
    for (int i = 0; i < values.length; i++) {
      store(start + i, values[i]);
    }
  }

  /** Stores {@code value} in the first {@code columns} of a row. */
  void fillRow(int group, long row, int columns, double value) {
    int start = start(group, row);
    for (int i = 0; i < columns; i++) {
      store(start + i, value);
    }
  }

  /** A copy of the first {@code columns} of a row; zeros where the view is absent. */
  static double[] copyRow(Rows rows, int group, long row, int columns) {
    double[] copy = new double[columns];
    if (rows != null) {
      System.arraycopy(rows.data, rows.start(group, row), copy, 0, columns);
    }
    return copy;
  }

  /** {@code sum += row}; nothing where the view is absent. */
  static void addRow(Rows rows, int group, long row, double[] sum) {
    if (rows != null) {
      int start = rows.start(group, row);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += rows.data[start + i];
      }
    }
  }

  /** {@code target = source}, {@code columns} of each row. */
  static void copy(int groups, long rows, int columns, Rows source, Rows target) {
    for (int g = 0; g < groups; g++) {
      for (long row = 0; row < rows; row++) {
        int from = source.start(g, row);
        System.arraycopy(source.data, from, target.data, target.start(g, row), columns);
      }
    }
  }
}
