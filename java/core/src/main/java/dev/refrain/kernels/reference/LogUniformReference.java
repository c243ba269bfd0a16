package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.LogUniform;
import java.util.HashSet;
import java.util.Set;

/** Candidates from the log-uniform distribution, log_uniform.h. */
final class LogUniformReference {
  private LogUniformReference() {}

  static void draw(
      LogUniform sampler,
      int groups,
      IndexBuffer sampled,
      IndexBuffer tries,
      ReferenceState state) {
    int[] classes = ((ReferenceIndices) sampled).data();
    int[] draws = ((ReferenceIndices) tries).data();
    for (int g = 0; g < groups; g++) {
      Set<Integer> taken = new HashSet<>();
      int made = 0;
      while (taken.size() < sampler.samples()) {
        int k = classOf(uniform(state.group(g), made), sampler.classes());
        made++;
        if (taken.add(k)) {
          classes[g * sampler.samples() + taken.size() - 1] = k;
        }
      }
      draws[g] = made;
    }
  }

  /** 52 random bits behind the point. */
  private static double uniform(ReferenceState.Group group, long draw) {
    long low = PhiloxReference.word(group, PhiloxReference.LOG_UNIFORM, 2 * draw);
    long high = PhiloxReference.word(group, PhiloxReference.LOG_UNIFORM, 2 * draw + 1) % (1 << 20);
    return (high * 0x1p32 + low) * 0x1p-52;
  }

  static int classOf(double uniform, int classes) {
    return (int) (((long) Math.exp(uniform * Math.log1p(classes)) - 1) % classes);
  }

  static double probability(int k, int classes) {
    return Math.log((k + 2.0) / (k + 1.0)) / Math.log1p(classes);
  }

  static double expected(int k, LogUniform sampler, int tries) {
    double p = probability(k, sampler.classes());
    return tries == sampler.samples() ? p * tries : -Math.expm1(tries * Math.log1p(-p));
  }

  static void expected(
      LogUniform sampler,
      int groups,
      int count,
      IndexBuffer ids,
      IndexBuffer tries,
      Buffer logExpected) {
    int[] classes = ((ReferenceIndices) ids).data();
    int[] draws = ((ReferenceIndices) tries).data();
    ReferenceBuffer out = (ReferenceBuffer) logExpected;
    for (int i = 0; i < groups * count; i++) {
      boolean valid = classes[i] >= 0 && classes[i] < sampler.classes();
      double value = valid ? Math.log(expected(classes[i], sampler, draws[i / count])) : 0;
      out.data()[i] = out.round(value);
    }
  }
}
