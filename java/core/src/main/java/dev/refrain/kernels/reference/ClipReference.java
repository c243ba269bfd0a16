package dev.refrain.kernels.reference;

import dev.refrain.kernels.GroupState;

/** Gradient clipping of clip.h. Java's min and max keep NaN. */
final class ClipReference {
  private ClipReference() {}

  static void value(ReferenceBuffer gradients, int count, double limit) {
    double[] g = gradients.data();
    double bound = gradients.round(limit);
    for (int i = 0; i < count; i++) {
      g[i] = Math.min(Math.max(g[i], -bound), bound);
    }
  }

  static void norm(
      ReferenceBuffer gradients, int groups, int parameters, double limit, ReferenceState state) {
    double[] g = gradients.data();
    for (int group = 0; group < groups; group++) {
      ReferenceState.Group numbers = state.group(group);
      if (!numbers.runs()) {
        continue;
      }
      int start = group * parameters;
      double norm = Math.sqrt(Products.dot(g, start, g, start, parameters));
      numbers.gradientNorm = norm;
      numbers.clipFactor = 1;
      if (!Double.isFinite(norm)) {
        numbers.status = GroupState.Status.NOT_FINITE;
      } else if (norm > limit) {
        numbers.clipFactor = limit / norm;
        double factor = gradients.round(numbers.clipFactor);
        for (int i = start; i < start + parameters; i++) {
          g[i] = gradients.round(g[i] * factor);
        }
      }
    }
  }
}
