package dev.refrain.text;

import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.View;

/**
 * A table on a device that Adam updates by rows. A row holds values, first and second moments one
 * behind the other: what a step touches lies together.
 */
final class AdamTable implements AutoCloseable {
  /** Rows begin at a cache line. */
  private static final int ALIGNMENT = 16;

  /** Numbers that are copied at once. */
  private static final int BLOCK = 1 << 20;

  private final Buffer buffer;
  private final int segment;
  private final AdamRows rows;

  /**
   * Begins with zeros.
   *
   * @param columns that Adam updates
   * @param width numbers of a row, at least {@code columns}; the others stay as they are
   * @param moments of steps that rows wait for; null where none do
   */
  AdamTable(Kernels kernels, int count, int columns, int width, Buffer moments) {
    segment = segment(width);
    long stride = 3L * segment;
    buffer = kernels.allocate(count * stride);
    IndexBuffer last;
    try {
      last = kernels.allocateIndices(count);
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
    rows =
        new AdamRows(
            1,
            count,
            columns,
            new View(buffer, 0, 0, stride),
            new View(buffer, segment, 0, stride),
            new View(buffer, 2L * segment, 0, stride),
            last,
            moments);
  }

  /** Numbers from one row to the next of an array of so many columns. */
  static int segment(int columns) {
    return (columns + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Values, first moments or second moments of the rows. */
  enum Part {
    VALUES,
    FIRST_MOMENTS,
    SECOND_MOMENTS
  }

  AdamRows rows() {
    return rows;
  }

  /** All numbers, those between the rows included. */
  Buffer buffer() {
    return buffer;
  }

  /** Writes {@code [rows, width]} to columns {@code first ..} of a part. */
  void write(Part part, int first, int width, float[] source) {
    copy(part, first, width, source, true);
  }

  /** Reads columns {@code first ..} of a part to {@code [rows, width]}. */
  void read(Part part, int first, int width, float[] target) {
    copy(part, first, width, target, false);
  }

  private void copy(Part part, int first, int width, float[] array, boolean write) {
    int stride = 3 * segment;
    int offset = part.ordinal() * segment + first;
    int most = Math.max(1, BLOCK / stride);
    float[] block = new float[Math.min(most, rows.rows()) * stride];
    for (int begin = 0; begin < rows.rows(); begin += most) {
      int count = Math.min(most, rows.rows() - begin);
      buffer.read((long) begin * stride, block, 0, count * stride);
      for (int row = 0; row < count; row++) {
        int own = row * stride + offset;
        int outer = (begin + row) * width;
        if (write) {
          System.arraycopy(array, outer, block, own, width);
        } else {
          System.arraycopy(block, own, array, outer, width);
        }
      }
      if (write) {
        buffer.write((long) begin * stride, block, 0, count * stride);
      }
    }
  }

  @Override
  public void close() {
    buffer.close();
    rows.last().close();
  }
}
