package dev.refrain.kernels;

import java.util.Objects;

/**
 * What a loss reads and writes; null stands for absent.
 *
 * @param prediction {@code [G,T,N,O]} in: values, or logits for cross-entropy
 * @param target {@code [G,T,N,O]} in; absent for cross-entropy
 * @param labels {@code [G,T,N]} in, for cross-entropy alone: a row with a label below 0 does not
 *     count, a label of O or more makes the loss NaN
 * @param lengths {@code [G,N]} in; rows at {@code t >= length} do not count
 * @param gradient {@code [G,T,N,O]} out; may be {@code prediction}
 */
public record LossArguments(
    View prediction, View target, IndexBuffer labels, IndexBuffer lengths, View gradient) {

  public LossArguments {
    Objects.requireNonNull(prediction, "prediction");
    if ((target == null) == (labels == null)) {
      throw new IllegalArgumentException("a loss needs either a target or labels");
    }
  }

  /** Against numbers. */
  public static LossArguments of(View prediction, View target, View gradient) {
    return new LossArguments(prediction, target, null, null, gradient);
  }

  /** Against class labels. */
  public static LossArguments of(View logits, IndexBuffer labels, View gradient) {
    return new LossArguments(logits, null, labels, null, gradient);
  }

  /** With these lengths, null for none. */
  public LossArguments lengths(IndexBuffer newLengths) {
    return new LossArguments(prediction, target, labels, newLengths, gradient);
  }
}
