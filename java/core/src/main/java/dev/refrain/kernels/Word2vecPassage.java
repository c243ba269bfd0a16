package dev.refrain.kernels;

import java.util.Objects;

/**
 * The text that {@link Kernels#word2vec} reads in one call, and the random numbers and learning
 * rate that go with it.
 *
 * @param ids numbers of words; any other number ends a sentence
 * @param count how many there are
 * @param first the first center
 * @param last behind the last center; numbers outside serve as contexts
 * @param position of {@code ids[0]} in the whole text: random numbers belong to places in the text
 * @param epoch which pass over the text
 * @param seed of all random numbers
 * @param rate learning rate at {@code first}
 * @param rateSlope its change from one number of the text to the next
 * @param rateFloor the least learning rate
 */
public record Word2vecPassage(
    IndexBuffer ids,
    long count,
    long first,
    long last,
    long position,
    int epoch,
    long seed,
    double rate,
    double rateSlope,
    double rateFloor) {

  public Word2vecPassage {
    Objects.requireNonNull(ids, "ids");
    if (first < 0 || first > last || last > count) {
      throw new IllegalArgumentException(
          "centers are [" + first + ", " + last + ") of " + count + " numbers");
    }
    if (position < 0 || epoch < 0) {
      throw new IllegalArgumentException(
          "position is " + position + ", epoch " + epoch + "; neither may be negative");
    }
    if (!Double.isFinite(rate) || !Double.isFinite(rateSlope) || !Double.isFinite(rateFloor)) {
      throw new IllegalArgumentException(
          "learning rate is " + rate + ", its slope " + rateSlope + ", its floor " + rateFloor);
    }
  }
}
