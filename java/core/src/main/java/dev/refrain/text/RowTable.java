package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/**
 * A table on a device of which a step updates a few rows. A row holds its values and what the rule
 * keeps of them, one behind the other: what a step touches lies together.
 */
abstract class RowTable implements AutoCloseable {
  /** Rows begin at a cache line. */
  private static final int ALIGNMENT = 16;

  /** Numbers that are copied at once. */
  private static final int BLOCK = 1 << 20;

  private final Buffer buffer;
  private final int count;
  private final int segment;
  private final int parts;

  /** Values, first moments or second moments of the rows. */
  enum Part {
    VALUES,
    FIRST_MOMENTS,
    SECOND_MOMENTS
  }

  /**
   * Begins with zeros.
   *
   * @param count rows
   * @param width numbers of a row
   * @param parts what the table has of {@link Part}, from the first
   */
  RowTable(Kernels kernels, int count, int width, int parts) {
    this.count = count;
    this.parts = parts;
    segment = segment(width);
    buffer = kernels.allocate((long) count * stride());
  }

  private int stride() {
    return parts * segment;
  }

  /** Numbers from one row to the next of an array of so many columns. */
  static int segment(int columns) {
    return (columns + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  final int count() {
    return count;
  }

  final View values() {
    return view(Part.VALUES);
  }

  final View view(Part part) {
    return new View(buffer, (long) part.ordinal() * segment, 0, stride());
  }

  /** All numbers, those between the rows included. */
  final Buffer buffer() {
    return buffer;
  }

  /** The step that all rows are up to: what was read back had caught up. */
  abstract void startAt(int step);

  /** Brings rows to where the step before this one left them. */
  abstract void catchUp(TouchedRows touched, StepState state);

  /** Takes a step with the touched rows. */
  abstract void update(TouchedRows touched, View gradients, StepState state);

  /** Writes {@code [rows, width]} to columns {@code first ..} of a part. */
  final void write(Part part, int first, int width, float[] source) {
    copy(part, first, width, source, true);
  }

  /** Reads columns {@code first ..} of a part to {@code [rows, width]}. */
  final void read(Part part, int first, int width, float[] target) {
    copy(part, first, width, target, false);
  }

  private void copy(Part part, int first, int width, float[] array, boolean write) {
    int stride = stride();
    int offset = part.ordinal() * segment + first;
    int most = Math.max(1, BLOCK / stride);
    float[] block = new float[Math.min(most, count) * stride];
    for (int begin = 0; begin < count; begin += most) {
      int rows = Math.min(most, count - begin);
      buffer.read((long) begin * stride, block, 0, rows * stride);
      for (int row = 0; row < rows; row++) {
        int own = row * stride + offset;
        int outer = (begin + row) * width;
        if (write) {
          System.arraycopy(array, outer, block, own, width);
        } else {
          System.arraycopy(block, own, array, outer, width);
        }
      }
      if (write) {
        buffer.write((long) begin * stride, block, 0, rows * stride);
      }
    }
  }

  @Override
  public void close() {
    buffer.close();
  }
}
