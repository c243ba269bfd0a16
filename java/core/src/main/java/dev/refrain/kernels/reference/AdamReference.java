package dev.refrain.kernels.reference;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.ParameterUpdate;

/** Adam of adam.h, in both forms. */
final class AdamReference {
  private AdamReference() {}

  static void update(Adam rule, ParameterUpdate u, ReferenceState state) {
    ReferenceBuffer meanBuffer = (ReferenceBuffer) u.slots().get(0);
    ReferenceBuffer squareBuffer = (ReferenceBuffer) u.slots().get(1);
    double[] m = meanBuffer.data();
    double[] v = squareBuffer.data();
    double rate1 = meanBuffer.round(1 - rule.beta1());
    double rate2 = squareBuffer.round(1 - rule.beta2());
    double epsilon = squareBuffer.round(rule.epsilon());
    boolean tensorflow = rule.form() == Adam.Form.TENSORFLOW;
    OptimizerReference.update(
        rule.decay(),
        u,
        state,
        group -> {
          double correction1 = 1 - group.beta1Power;
          double correction2 = Math.sqrt(1 - group.beta2Power);
          double size = group.learningRate / correction1 * (tensorflow ? correction2 : 1);
          double lr = meanBuffer.round(size);
          double rootScale = squareBuffer.round(tensorflow ? 1 : correction2);
          return (i, gradient) -> {
            m[i] = meanBuffer.round(m[i] + (gradient - m[i]) * rate1);
            v[i] = squareBuffer.round(v[i] + (gradient * gradient - v[i]) * rate2);
            return lr * m[i] / (Math.sqrt(v[i]) / rootScale + epsilon);
          };
        });
  }
}
