package dev.refrain.kernels.reference;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.ParameterUpdate;

/** Adagrad of adagrad.h. */
final class AdagradReference {
  private AdagradReference() {}

  static void update(Adagrad rule, ParameterUpdate u, ReferenceState state) {
    ReferenceBuffer sumSquare = (ReferenceBuffer) u.slots().get(0);
    double[] s = sumSquare.data();
    double epsilon = sumSquare.round(rule.epsilon());
    OptimizerReference.update(
        rule.decay(),
        u,
        state,
        group -> {
          double lr = sumSquare.round(group.learningRate);
          return (i, gradient) -> {
            s[i] = sumSquare.round(s[i] + gradient * gradient);
            double divisor = Math.sqrt(s[i]) + epsilon;
            return divisor == 0 ? 0 : lr * gradient / divisor;
          };
        });
  }
}
