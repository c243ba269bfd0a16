package dev.refrain.series;

import java.util.Arrays;
import java.util.List;

/**
 * Makes a series easier to learn and forecasts readable again: the logarithm turns growing swings
 * into even ones, and differences from step to step take out the level, which a network cannot
 * follow beyond what it has seen.
 *
 * @param logarithm whether to take the logarithm, first; for values above 0
 * @param difference whether to take differences from step to step, second
 */
public record Transformation(boolean logarithm, boolean difference) {
  /** Leaves values as they are. */
  public static final Transformation NONE = new Transformation(false, false);

  /** The names that {@link #parse} knows. */
  public static final List<String> NAMES = List.of("none", "log", "difference", "log-difference");

  /** Without a season, swings are measured within blocks of this length. */
  private static final int BLOCK_WITHOUT_SEASON = 12;

  private static final int FEWEST_BLOCKS = 3;

  /**
   * Chooses by the values themselves, with no network involved.
   *
   * <p>The logarithm is taken if all values are positive and the spread within a season, divided by
   * the season's mean, varies less from season to season than the spread alone does. That is the
   * criterion of Guerrero, "Time-series analysis supported by power transformations", Journal of
   * Forecasting 12 (1993), pages 37–48, asked for the powers 0 and 1.
   *
   * <p>Differences are taken if they spread less than the (transformed) values do: Anderson, "Time
   * Series Analysis and Forecasting: The Box–Jenkins Approach" (1976).
   *
   * @param values training values, oldest first, and no others
   * @param season length of a season in steps, 1 for none
   */
  public static Transformation choose(double[] values, int season) {
    boolean logarithm = spreadGrowsWithLevel(values, season > 1 ? season : BLOCK_WITHOUT_SEASON);
    double[] levels = new Transformation(logarithm, false).apply(values);
    double[] differences = new Transformation(logarithm, true).apply(values);
    boolean difference = differences.length > 0 && deviation(differences) < deviation(levels);
    return new Transformation(logarithm, difference);
  }

  private static boolean spreadGrowsWithLevel(double[] values, int blockLength) {
    int blocks = values.length / blockLength;
    if (blocks < FEWEST_BLOCKS || Arrays.stream(values).anyMatch(value -> value <= 0)) {
      return false;
    }
    double[] spread = new double[blocks];
    double[] relativeSpread = new double[blocks];
    for (int block = 0; block < blocks; block++) {
      // Whole blocks counted from the end: the newest values always take part.
      int to = values.length - block * blockLength;
      double[] part = Arrays.copyOfRange(values, to - blockLength, to);
      spread[block] = deviation(part);
      relativeSpread[block] = spread[block] / mean(part);
    }
    return deviation(relativeSpread) / mean(relativeSpread) < deviation(spread) / mean(spread);
  }

  /**
   * Reads a name.
   *
   * @param name one of {@link #NAMES}
   * @throws IllegalArgumentException if it is another one
   */
  public static Transformation parse(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no transformation is named '" + name + "'; choose one of " + String.join(", ", NAMES));
    }
    return new Transformation(name.startsWith("log"), name.endsWith("difference"));
  }

  /** How many values fewer there are after {@link #apply}: 1 with differences, else 0. */
  public int lost() {
    return difference ? 1 : 0;
  }

  /**
   * Transforms a series.
   *
   * @param values oldest first, left as they are
   * @return a new array, {@link #lost} values shorter
   * @throws IllegalArgumentException if a logarithm is wanted of a value that is not positive
   */
  public double[] apply(double[] values) {
    double[] levels = new double[values.length];
    Arrays.setAll(levels, row -> level(values[row]));
    if (!difference) {
      return levels;
    }
    double[] differences = new double[Math.max(0, levels.length - 1)];
    Arrays.setAll(differences, row -> levels[row + 1] - levels[row]);
    return differences;
  }

  /**
   * Turns transformed values that follow a series back into values.
   *
   * @param transformed the continuation, left as it is
   * @param lastValue the last value of the series, untransformed
   * @return a new array of as many values
   */
  public double[] invert(double[] transformed, double lastValue) {
    double[] values = new double[transformed.length];
    double level = level(lastValue);
    for (int row = 0; row < values.length; row++) {
      level = difference ? level + transformed[row] : transformed[row];
      values[row] = logarithm ? Math.exp(level) : level;
    }
    return values;
  }

  private double level(double value) {
    if (!logarithm) {
      return value;
    }
    if (value <= 0) {
      throw new IllegalArgumentException(
          "the logarithm of " + value + " was asked for; it needs values above 0");
    }
    return Math.log(value);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElse(Double.NaN));
  }

  /** The name, one of {@link #NAMES}. */
  @Override
  public String toString() {
    return NAMES.get((logarithm ? 1 : 0) + (difference ? 2 : 0));
  }
}
