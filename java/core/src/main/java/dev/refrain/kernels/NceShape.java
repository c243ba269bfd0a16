package dev.refrain.kernels;

import java.util.Objects;

/**
 * Which sampled loss, and its sizes.
 *
 * @param groups G
 * @param batch N, pairs of an input and a label
 * @param samples S, candidates that all pairs share
 * @param columns D, numbers of an embedding
 * @param words rows of the embeddings
 * @param classes rows of weights and biases
 * @param loss of a pair's logits
 * @param removeHits whether a candidate that is a pair's own label is left out of that pair
 */
public record NceShape(
    int groups,
    int batch,
    int samples,
    int columns,
    int words,
    int classes,
    SampledLoss loss,
    boolean removeHits) {

  public NceShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(batch, "batch");
    Arguments.positive(samples, "samples");
    Arguments.positive(columns, "columns");
    Arguments.positive(words, "words");
    Arguments.positive(classes, "classes");
    Objects.requireNonNull(loss, "loss");
    if (batch > Integer.MAX_VALUE - samples) {
      throw new IllegalArgumentException(
          batch + " pairs and " + samples + " candidates are too many together");
    }
  }

  /** Labels and candidates together, {@code N + S}. */
  public int candidates() {
    return batch + samples;
  }
}
