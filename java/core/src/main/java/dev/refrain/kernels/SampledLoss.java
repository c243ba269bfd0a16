package dev.refrain.kernels;

/** What {@link Kernels#nce} makes of a pair's logit and those of its candidates. */
public enum SampledLoss {
  /**
   * Noise-contrastive estimation (Gutmann and Hyvarinen 2010): {@code ce(true, 1) + Σ ce(sampled,
   * 0)}, {@code ce} the cross-entropy of a sigmoid. TensorFlow's {@code nn.nce_loss}.
   */
  NCE,
  /**
   * Sampled softmax (Jean et al. 2015): {@code log(e^true + Σ e^sampled) − true}. TensorFlow's
   * {@code nn.sampled_softmax_loss}.
   */
  SOFTMAX
}
