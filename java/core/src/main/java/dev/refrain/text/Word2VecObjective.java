package dev.refrain.text;

/** What {@link Word2Vec} makes small. */
public enum Word2VecObjective {
  /** Tells the right word from words of noise by logistic regression (Mikolov et al. 2013). */
  NEGATIVE_SAMPLING,
  /**
   * Noise-contrastive estimation (Gutmann and Hyvarinen 2010): the same with biases, and less the
   * logarithm of how often noise is expected to bring a word.
   */
  NCE,
  /**
   * Sampled softmax (Jean et al. 2015): which of the right word and those of noise it is, by
   * softmax of the same logits as NCE's. A pair goes without noise that is its own word.
   */
  SAMPLED_SOFTMAX
}
