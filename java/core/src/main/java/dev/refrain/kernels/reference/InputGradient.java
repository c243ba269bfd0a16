package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellShape;

/** Where a layer's {@code dx} goes: nowhere, assigned, or added to what is there. */
final class InputGradient {
  private final Rows dx;
  private final boolean accumulate;
  private final int inputs;

  InputGradient(CellGradients gradients, CellShape shape) {
    dx = Rows.of(gradients.dx());
    accumulate = gradients.accumulateDx();
    inputs = shape.inputs();
  }

  /** {@code dx = Wᵀ da} for one row, {@code da} the gradient of {@code W x + b_W}. */
  void store(CellWeights weights, double[] da, int group, int row) {
    if (dx == null) {
      return;
    }
    double[] values = new double[inputs];
    if (accumulate) {
      Rows.addRow(dx, group, row, values);
    }
    Products.addTransposed(weights.values, weights.w, inputs, da, 0, da.length, values);
    dx.storeRow(group, row, values);
  }

  /** Past the end of a sequence the gradient is 0. */
  void clearPadding(Sequences sequences, int group, int n) {
    if (dx != null && !accumulate) {
      sequences.clearPadding(dx, group, n, inputs);
    }
  }
}
