package dev.refrain.kernels.reference;

import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Sgd;

/** Gradient descent of sgd.h: plain, with momentum, or Nesterov's. */
final class SgdReference {
  private SgdReference() {}

  static void update(Sgd rule, ParameterUpdate u, ReferenceState state) {
    ReferenceBuffer values = (ReferenceBuffer) u.values();
    double momentum = values.round(rule.momentum());
    if (rule.momentum() == 0) {
      OptimizerReference.update(
          rule.decay(),
          u,
          state,
          group -> {
            double lr = values.round(group.learningRate);
            return (i, gradient) -> lr * gradient;
          });
      return;
    }
    ReferenceBuffer accumulator = (ReferenceBuffer) u.slots().get(0);
    double[] a = accumulator.data();
    OptimizerReference.update(
        rule.decay(),
        u,
        state,
        group -> {
          double lr = values.round(group.learningRate);
          return (i, gradient) -> {
            a[i] = accumulator.round(momentum * a[i] + gradient);
            return lr * (rule.nesterov() ? gradient + momentum * a[i] : a[i]);
          };
        });
  }
}
