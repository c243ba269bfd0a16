package dev.refrain.kernels;

import java.util.Objects;

/**
 * A matrix of rows in each group, inside a buffer: element {@code (g, row, column)} lies at {@code
 * offset + g·groupStride + row·rowStride + column}. For a sequence {@code row = t·N + n}, for a
 * state {@code row = n}. A row stride may exceed the columns: each direction of a bidirectional
 * layer writes its half of {@code y}. A group stride of 0 shares one array between all groups, for
 * inputs.
 *
 * @param buffer where the numbers lie
 * @param offset of element (0, 0, 0), in elements
 * @param groupStride elements from one group to the next
 * @param rowStride elements from one row to the next
 */
public record View(Buffer buffer, long offset, long groupStride, long rowStride) {

  public View {
    Objects.requireNonNull(buffer, "buffer");
    if (offset < 0 || groupStride < 0 || rowStride < 0) {
      throw new IllegalArgumentException(
          "a view needs offset, groupStride and rowStride >= 0, not "
              + offset
              + ", "
              + groupStride
              + " and "
              + rowStride);
    }
  }

  /** A whole buffer {@code [G, rows, columns]} without gaps. */
  public static View of(Buffer buffer, long rows, long columns) {
    return new View(buffer, 0, Math.multiplyExact(rows, columns), columns);
  }

  /** The columns from {@code first} on, with the same strides. */
  public View columnsFrom(long first) {
    return new View(buffer, offset + first, groupStride, rowStride);
  }

  /** The rows from {@code first} on, with the same strides. */
  public View rowsFrom(long first) {
    return new View(
        buffer,
        Math.addExact(offset, Math.multiplyExact(first, rowStride)),
        groupStride,
        rowStride);
  }

  /** The same rows of one group in every group: an input that all groups share. */
  public View shared() {
    return new View(buffer, offset, 0, rowStride);
  }
}
