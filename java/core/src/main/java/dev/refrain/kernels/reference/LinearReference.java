package dev.refrain.kernels.reference;

import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.View;

/** The linear layer of linear.h: {@code y = x weightᵀ + bias}. */
final class LinearReference {
  private LinearReference() {}

  static void forward(LinearShape s, LinearParameters parameters, View xView, View yView) {
    Rows x = Rows.of(xView);
    Rows y = Rows.of(yView);
    double[] values = ((ReferenceBuffer) parameters.values()).data();
    boolean biased = parameters.bias() >= 0;
    for (int g = 0; g < s.groups(); g++) {
      int weight = start(parameters, g, parameters.weight());
      int bias = start(parameters, g, parameters.bias());
      for (long row = 0; row < s.rows(); row++) {
        int xStart = x.start(g, row);
        int yStart = y.start(g, row);
        for (int o = 0; o < s.outputs(); o++) {
          double sum = Products.dot(values, weight + o * s.inputs(), x.data, xStart, s.inputs());
          y.store(yStart + o, biased ? sum + values[bias + o] : sum);
        }
      }
    }
  }

  static void backward(
      LinearShape s,
      LinearParameters parameters,
      View xView,
      View dyView,
      View dxView,
      boolean accumulate) {
    Rows x = Rows.of(xView);
    Rows dy = Rows.of(dyView);
    Rows dx = Rows.of(dxView);
    double[] values = ((ReferenceBuffer) parameters.values()).data();
    ReferenceBuffer gradients = (ReferenceBuffer) parameters.gradients();
    for (int g = 0; g < s.groups(); g++) {
      int weight = start(parameters, g, parameters.weight());
      double[] dweight = new double[s.outputs() * s.inputs()];
      double[] dbias = new double[s.outputs()];
      for (long row = 0; row < s.rows(); row++) {
        double[] d = Rows.copyRow(dy, g, row, s.outputs());
        Products.addOuter(d, 0, s.outputs(), x.data, x.start(g, row), s.inputs(), dweight);
        for (int o = 0; o < s.outputs(); o++) {
          dbias[o] += d[o];
        }
        if (dx != null) {
          double[] dxRow = new double[s.inputs()];
          Products.addTransposed(values, weight, s.inputs(), d, 0, s.outputs(), dxRow);
          dx.storeRow(g, row, dxRow);
        }
      }
      gradients.store(weight, dweight, accumulate);
      if (parameters.bias() >= 0) {
        gradients.store(start(parameters, g, parameters.bias()), dbias, accumulate);
      }
    }
  }

  private static int start(LinearParameters parameters, int group, long offset) {
    return (int) (group * parameters.groupStride() + offset);
  }
}
