package dev.refrain.kernels.reference;

import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.WeightDecay;

/** What all optimizers share, optimizer.h: groups, weight decay, and {@code p −= ...}. */
final class OptimizerReference {
  private OptimizerReference() {}

  /** A rule with the scalars of one group's step. */
  interface Rule {
    Step of(ReferenceState.Group group);
  }

  /** How far one parameter moves, after the rule's own arrays have moved at {@code index}. */
  interface Step {
    double subtracted(int index, double gradient);
  }

  static void update(WeightDecay decay, ParameterUpdate u, ReferenceState state, Rule rule) {
    ReferenceBuffer values = (ReferenceBuffer) u.values();
    double[] p = values.data();
    double[] gradients = ((ReferenceBuffer) u.gradients()).data();
    int count = (int) u.parameters();
    for (int g = 0; g < u.groups(); g++) {
      ReferenceState.Group group = state.group(g);
      if (!group.runs()) {
        continue;
      }
      Step step = rule.of(group);
      double l2 = decay.mode() == WeightDecay.Mode.L2 ? values.round(decay.rate()) : 0;
      double decoupled =
          decay.mode() == WeightDecay.Mode.DECOUPLED
              ? values.round(group.learningRate * decay.rate())
              : 0;
      for (int i = g * count; i < (g + 1) * count; i++) {
        double moved = step.subtracted(i, gradients[i] + l2 * p[i]);
        p[i] = values.round(p[i] - decoupled * p[i] - moved);
      }
    }
  }
}
