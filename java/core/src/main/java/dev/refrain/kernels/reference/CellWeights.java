package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;

/** The parameters of one layer of one group: the flat array and where each tensor starts in it. */
final class CellWeights {
  final double[] values;
  final int w;
  final int r;
  final int projection;
  final int peepholes;
  private final int bW;
  private final int bR;

  CellWeights(CellParameters parameters, int group) {
    CellLayout layout = parameters.layout();
    long base = group * parameters.groupStride();
    values = ((ReferenceBuffer) parameters.values()).data();
    w = start(base, layout.w());
    r = start(base, layout.r());
    projection = start(base, layout.projection());
    peepholes = start(base, layout.peepholes());
    bW = start(base, layout.bW());
    bR = start(base, layout.bR());
  }

  private static int start(long base, long offset) {
    return offset < 0 ? -1 : (int) (base + offset);
  }

  /** {@code (W x + b_W)[row]}. */
  double input(int row, double[] x, int xStart, int inputs) {
    double bias = bW < 0 ? 0 : values[bW + row];
    return bias + Products.dot(values, w + row * inputs, x, xStart, inputs);
  }

  /** {@code (R h + b_R)[row]}. */
  double recurrent(int row, double[] h) {
    double bias = bR < 0 ? 0 : values[bR + row];
    return bias + Products.dot(values, r + row * h.length, h, 0, h.length);
  }

  /** {@code Rᵀ d}: the gradient of h from that of {@code R h + b_R}. */
  double[] recurrentGradient(double[] d, int outputs) {
    double[] dh = new double[outputs];
    Products.addTransposed(values, r, outputs, d, 0, d.length, dh);
    return dh;
  }
}
