package dev.refrain.text;

import dev.refrain.kernels.RowsAdam;
import java.util.Objects;

/**
 * How {@link SkipGramNce} trains.
 *
 * @param words V, size of the vocabulary
 * @param dimensions D of a vector
 * @param batch pairs of a step; a multiple of {@code skips}
 * @param window words on either side of a centre
 * @param skips pairs of a centre
 * @param negatives candidates of a step
 * @param learningRate of Adam
 * @param rows how rows that a step does not touch are updated
 * @param seed of everything random
 */
public record SkipGramSettings(
    int words,
    int dimensions,
    int batch,
    int window,
    int skips,
    int negatives,
    double learningRate,
    RowsAdam.Mode rows,
    long seed) {

  public SkipGramSettings {
    Objects.requireNonNull(rows, "rows");
    if (words < 1 || dimensions < 1 || negatives < 1) {
      throw new IllegalArgumentException(
          "%d words with vectors of %d numbers and %d negatives; give at least 1 of each"
              .formatted(words, dimensions, negatives));
    }
    if (negatives > words) {
      throw new IllegalArgumentException(
          "%d different negatives cannot be drawn from a vocabulary of %d words; give fewer"
              .formatted(negatives, words));
    }
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          "the learning rate is " + learningRate + "; it must be finite and above 0");
    }
  }

  /** The tutorial's: 150 numbers, batches of 128 from a window of 1, 64 negatives, Adam at 0.01. */
  public static SkipGramSettings tutorial(int words, long seed) {
    return new SkipGramSettings(words, 150, 128, 1, 2, 64, 0.01, RowsAdam.Mode.DEFERRED, seed);
  }
}
