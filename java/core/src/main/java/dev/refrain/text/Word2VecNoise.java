package dev.refrain.text;

/** From which distribution {@link Word2Vec} draws words of noise. */
public enum Word2VecNoise {
  /** By count to a power, each draw by itself. */
  UNIGRAM,
  /**
   * {@code log((k+2)/(k+1)) / log(1+V)} for the word of rank k. Where words of noise are drawn for
   * a batch of pairs they are all different.
   */
  LOG_UNIFORM
}
