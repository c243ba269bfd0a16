package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellShape;

/** What forward saves of each step for backward, {@code [G,T,N,size]}; may be absent. */
final class Reserve {
  private final Rows rows;

  Reserve(Buffer buffer, CellShape shape, int size) {
    rows = buffer == null ? null : Rows.of(buffer, shape.rows(), size);
  }

  static long size(CellShape shape, int size) {
    return shape.groups() * shape.rows() * size;
  }

  /** Saves {@code parts}, one behind the other. */
  void save(int group, int row, double[]... parts) {
    if (rows == null) {
      return;
    }
    int index = rows.start(group, row);
    for (double[] part : parts) {
      for (double value : part) {
        rows.store(index++, value);
      }
    }
  }

  /** Reads what was saved into arrays of the same sizes. */
  void load(int group, int row, double[]... parts) {
    int index = rows.start(group, row);
    for (double[] part : parts) {
      System.arraycopy(rows.data, index, part, 0, part.length);
      index += part.length;
    }
  }
}
