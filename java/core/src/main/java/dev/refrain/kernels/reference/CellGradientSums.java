package dev.refrain.kernels.reference;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellShape;

/** Parameter gradients of one layer of one group, summed in double and stored once. */
final class CellGradientSums {
  final double[] w;
  final double[] r;
  final double[] projection;
  final double[] peepholes;
  final double[] bW;
  final double[] bR;

  CellGradientSums(Cell cell, CellShape shape) {
    int gateRows = cell.gates() * shape.hidden();
    w = new double[gateRows * shape.inputs()];
    r = new double[gateRows * shape.outputs()];
    projection = new double[cell.hasProjection() ? shape.outputs() * shape.hidden() : 0];
    peepholes = new double[cell.hasPeepholes() ? 3 * shape.hidden() : 0];
    bW = new double[gateRows];
    bR = new double[gateRows];
  }

  /** Of {@code W x + b_W} with gradient {@code d}. */
  void addInput(double[] d, double[] x, int xStart, int inputs) {
    Products.addOuter(d, 0, d.length, x, xStart, inputs, w);
    addTo(bW, d);
  }

  /** Of {@code R h + b_R} with gradient {@code d}. */
  void addRecurrent(double[] d, double[] h) {
    Products.addOuter(d, 0, d.length, h, 0, h.length, r);
    addTo(bR, d);
  }

  static void addTo(double[] sum, double[] d) {
    for (int j = 0; j < d.length; j++) {
      sum[j] += d[j];
    }
  }

  /** Assigns everything to the group's gradients or adds it to them, rounding once. */
  void store(CellParameters parameters, int group, boolean accumulate) {
    CellLayout layout = parameters.layout();
    ReferenceBuffer gradients = (ReferenceBuffer) parameters.gradients();
    long base = group * parameters.groupStride();
    store(gradients, base, layout.w(), w, accumulate);
    store(gradients, base, layout.r(), r, accumulate);
    store(gradients, base, layout.projection(), projection, accumulate);
    store(gradients, base, layout.peepholes(), peepholes, accumulate);
    store(gradients, base, layout.bW(), bW, accumulate);
    store(gradients, base, layout.bR(), bR, accumulate);
  }

  private static void store(
      ReferenceBuffer gradients, long base, long offset, double[] sum, boolean accumulate) {
    if (offset >= 0) {
      gradients.store((int) (base + offset), sum, accumulate);
    }
  }
}
