package dev.refrain.cli;

import dev.refrain.kernels.Loss;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A guess that needs no network, for a training to be held against: too large a learning rate need
 * not end in a loss that is no number, and what it ends in is of no use all the same.
 *
 * @param loss of the guess, at most
 * @param margin how many times that a loss may be by chance
 * @param words what is guessed
 */
public record PlainGuess(double loss, double margin, String words) {
  /** Steps whose mean loss is judged. */
  private static final int LAST_STEPS = 10;

  /** Losses of a batch, and of a network that has hardly learnt yet, may be larger by chance. */
  private static final double MARGIN = 3;

  private static final String MEAN = "a guess of the mean at every step";

  private static final int DIGITS = 4;
  private static final double MOST_PLAIN = 1e7;

  /**
   * Of values whose mean is 0 and whose standard deviation is 1, by mse, rmse, mae and huber alike.
   */
  public static final PlainGuess MEAN_OF_SCALED = new PlainGuess(1, MARGIN, MEAN);

  /**
   * The mean of values that were learnt, of scaled values that were not, by mse.
   *
   * @param values which may lie far from the mean that they were scaled by
   */
  public static PlainGuess meanOfLearnt(float[] values) {
    double square = 0;
    for (float value : values) {
      square += (double) value * value / values.length;
    }
    return new PlainGuess(Math.max(1, square), MARGIN, MEAN);
  }

  /** The mean of these values, by a loss that is mse or rmse. */
  public static PlainGuess mean(Loss loss, double... values) {
    double mean = Arrays.stream(values).average().orElse(0);
    double square = Arrays.stream(values).map(it -> (it - mean) * (it - mean)).average().orElse(0);
    return new PlainGuess(loss.kind() == Loss.Kind.RMSE ? Math.sqrt(square) : square, MARGIN, MEAN);
  }

  /**
   * What to say of a training that ended far from it.
   *
   * @param ended its last loss
   * @return a sentence with advice; empty where there is nothing to say
   */
  public Optional<String> warning(double ended, double learningRate) {
    return ended <= margin * loss
        ? Optional.empty()
        : Optional.of(
            "the network is of no use: its loss is %s, where %s has at most %s; lower --learning-rate (%s), or"
                    .formatted(number(ended), words, number(loss), number(learningRate))
                + " train longer");
  }

  /**
   * As above, of a training whose last losses are known but not what it ended with. The first of
   * all is that of a network that has learnt nothing and does not count.
   *
   * @param steps that it took in all
   * @param lastLosses of each group, by how many
   */
  public Optional<String> warning(
      long steps, IntFunction<List<double[]>> lastLosses, double learningRate) {
    int count = (int) Math.min(LAST_STEPS, steps - 1);
    return count < 1
        ? Optional.empty()
        : warning(
            lastLosses.apply(count).stream()
                .flatMapToDouble(Arrays::stream)
                .average()
                .orElseThrow(),
            learningRate);
  }

  private static String number(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(DIGITS)).stripTrailingZeros();
    return Math.abs(value) < MOST_PLAIN ? rounded.toPlainString() : rounded.toString();
  }
}
