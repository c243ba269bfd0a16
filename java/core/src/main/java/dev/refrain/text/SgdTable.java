package dev.refrain.text;

import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.SgdRows;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/** A table that gradient descent updates by rows. */
final class SgdTable extends RowTable {
  private final Kernels kernels;
  private final SgdRows rows;

  /**
   * Begins with zeros.
   *
   * @param columns that are updated
   * @param width numbers of a row, at least {@code columns}; the others stay as they are
   */
  SgdTable(Kernels kernels, int count, int columns, int width) {
    super(kernels, count, width, 1);
    this.kernels = kernels;
    rows = new SgdRows(1, count, columns, values());
  }

  /** No row waits for anything. */
  @Override
  void startAt(int step) {}

  @Override
  void catchUp(TouchedRows touched, StepState state) {}

  @Override
  void update(TouchedRows touched, View gradients, StepState state) {
    kernels.rowsSgd(rows, touched, gradients, state);
  }
}
