package dev.refrain.kernels;

/**
 * The log-uniform (Zipfian) distribution over classes that are numbered by falling frequency, from
 * which sampled losses draw their candidates: {@code P(k) = log((k+2)/(k+1)) / log(V+1)}. Source:
 * TensorFlow's log_uniform_candidate_sampler, unique.
 *
 * @param classes V
 * @param samples S, different classes that are drawn; at most V
 */
public record LogUniform(int classes, int samples) {

  public LogUniform {
    Arguments.positive(classes, "classes");
    Arguments.positive(samples, "samples");
    if (samples > classes) {
      throw new IllegalArgumentException(
          samples + " different candidates cannot be drawn from " + classes + " classes");
    }
  }
}
