package dev.refrain.text;

import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import java.util.Arrays;

/** A table that Adam updates by rows. */
final class AdamTable extends RowTable {
  private final Kernels kernels;
  private final RowsAdam rule;
  private final AdamRows rows;

  /**
   * Begins with zeros.
   *
   * @param columns that Adam updates
   * @param width numbers of a row, at least {@code columns}; the others stay as they are
   * @param moments of steps that rows wait for; null where none do
   */
  AdamTable(Kernels kernels, RowsAdam rule, int count, int columns, int width, Buffer moments) {
    super(kernels, count, width, Part.values().length);
    this.kernels = kernels;
    this.rule = rule;
    IndexBuffer last;
    try {
      last = kernels.allocateIndices(count);
    } catch (RuntimeException e) {
      super.close();
      throw e;
    }
    rows =
        new AdamRows(
            1,
            count,
            columns,
            values(),
            view(Part.FIRST_MOMENTS),
            view(Part.SECOND_MOMENTS),
            last,
            moments);
  }

  AdamRows rows() {
    return rows;
  }

  @Override
  void startAt(int step) {
    int[] last = new int[count()];
    Arrays.fill(last, step);
    rows.last().write(last);
  }

  @Override
  void catchUp(TouchedRows touched, StepState state) {
    kernels.rowsAdamCatchUp(rule, rows, touched, state);
  }

  @Override
  void update(TouchedRows touched, View gradients, StepState state) {
    kernels.rowsAdam(rule, rows, touched, gradients, state);
  }

  @Override
  public void close() {
    super.close();
    rows.last().close();
  }
}
