package dev.refrain.kernels.reference;

import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.RmsProp;

/** RMSProp of rmsprop.h. */
final class RmspropReference {
  private RmspropReference() {}

  static void update(RmsProp rule, ParameterUpdate u, ReferenceState state) {
    ReferenceBuffer meanSquare = (ReferenceBuffer) u.slots().get(0);
    double[] s = meanSquare.data();
    double rho = meanSquare.round(rule.rho());
    double rate = meanSquare.round(1 - rule.rho());
    double epsilon = meanSquare.round(rule.epsilon());
    OptimizerReference.update(
        rule.decay(),
        u,
        state,
        group -> {
          double lr = meanSquare.round(group.learningRate);
          return (i, gradient) -> {
            s[i] = meanSquare.round(rho * s[i] + rate * gradient * gradient);
            return lr * gradient / (Math.sqrt(s[i]) + epsilon);
          };
        });
  }
}
