package dev.refrain.series;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a forecast lies from what came true. Smaller is better; 0 is perfect.
 *
 * <ul>
 *   <li>{@code mae}: mean of |F − A|, in the units of the series.
 *   <li>{@code rmse}: root of the mean of (F − A)², in the units of the series.
 *   <li>{@code smape}: mean of 200·|F − A| / (|A| + |F|), in percent from 0 to 200; a step with F =
 *       A = 0 counts 0.
 *   <li>{@code mase}: mae divided by the mean absolute error that the seasonal naive forecast makes
 *       within the history, one season ahead: (1 / (n − m)) Σ |Y_t − Y_(t−m)| for t from m + 1 to
 *       n. Below 1 it beats that forecast. NaN where that error is 0 or the history is no longer
 *       than a season, since then there is nothing to measure by.
 * </ul>
 *
 * <p>sMAPE and MASE are those of the M4 competition: Makridakis, Spiliotis and Assimakopoulos, "The
 * M4 Competition: 100,000 time series and 61 forecasting methods", International Journal of
 * Forecasting 36 (2020), pages 54–74; MASE goes back to Hyndman and Koehler, "Another look at
 * measures of forecast accuracy", International Journal of Forecasting 22 (2006), pages 679–688. A
 * NaN among the values makes the metrics that touch it NaN.
 *
 * @param mae mean absolute error
 * @param rmse root mean squared error
 * @param smape symmetric mean absolute percentage error, in percent
 * @param mase mean absolute scaled error, or NaN where it is not defined
 */
public record ForecastMetrics(double mae, double rmse, double smape, double mase) {

  /**
   * Judges a forecast.
   *
   * @param actual what came true, at least one value
   * @param forecast as many values
   * @param history the values before, which the forecast was made from, oldest first
   * @param season length of a season in steps, at least 1
   * @return all metrics
   * @throws IllegalArgumentException if the lengths differ or are 0, or the season is below 1
   */
  public static ForecastMetrics of(
      double[] actual, double[] forecast, double[] history, int season) {
    double mae = mae(actual, forecast);
    return new ForecastMetrics(
        mae,
        rmse(actual, forecast),
        smape(actual, forecast),
        scaled(mae, seasonalNaiveError(history, season)));
  }

  /**
   * Mean absolute error.
   *
   * @param actual what came true, at least one value
   * @param forecast as many values
   * @return the error in the units of the values
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double mae(double[] actual, double[] forecast) {
    checkLengths(actual, forecast);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      sum += Math.abs(forecast[i] - actual[i]);
    }
    return sum / actual.length;
  }

  /**
   * Root mean squared error.
   *
   * @param actual what came true, at least one value
   * @param forecast as many values
   * @return the error in the units of the values
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double rmse(double[] actual, double[] forecast) {
    checkLengths(actual, forecast);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = forecast[i] - actual[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum / actual.length);
  }

  /**
   * Symmetric mean absolute percentage error as M4 defines it.
   *
   * @param actual what came true, at least one value
   * @param forecast as many values
   * @return percent, from 0 to 200
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double smape(double[] actual, double[] forecast) {
    checkLengths(actual, forecast);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = Math.abs(forecast[i] - actual[i]);
      // NaN is not 0 and so goes on to make the sum NaN.
      if (difference != 0) {
        sum += 200 * difference / (Math.abs(actual[i]) + Math.abs(forecast[i]));
      }
    }
    return sum / actual.length;
  }

  /**
   * Mean absolute scaled error.
   *
   * @param actual what came true, at least one value
   * @param forecast as many values
   * @param history the values before, oldest first
   * @param season length of a season in steps, at least 1
   * @return the error as a multiple of the seasonal naive one, or NaN where that is 0 or unknown
   * @throws IllegalArgumentException if the lengths differ or are 0, or the season is below 1
   */
  public static double mase(double[] actual, double[] forecast, double[] history, int season) {
    return scaled(mae(actual, forecast), seasonalNaiveError(history, season));
  }

  /**
   * The share of true values that lie within a forecast interval, borders included. For an interval
   * of 95 % it should be near 0.95.
   *
   * @param actual what came true, at least one value
   * @param lower as many lower borders
   * @param upper as many upper borders
   * @return from 0 to 1
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double coverage(double[] actual, double[] lower, double[] upper) {
    checkLengths(actual, lower);
    checkLengths(actual, upper);
    int inside = 0;
    for (int i = 0; i < actual.length; i++) {
      if (lower[i] <= actual[i] && actual[i] <= upper[i]) {
        inside++;
      }
    }
    return (double) inside / actual.length;
  }

  /**
   * The metrics by name, in the order mae, rmse, smape, mase. What is not finite is {@code null},
   * which is how JSON, having no NaN, shows it.
   */
  public Map<String, Double> asMap() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("mae", finiteOrNull(mae));
    metrics.put("rmse", finiteOrNull(rmse));
    metrics.put("smape", finiteOrNull(smape));
    metrics.put("mase", finiteOrNull(mase));
    return metrics;
  }

  private static Double finiteOrNull(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /** In-sample error of the seasonal naive forecast; NaN if the history has no second season. */
  static double seasonalNaiveError(double[] history, int season) {
    if (season < 1) {
      throw new IllegalArgumentException("season is " + season + ", but must be at least 1");
    }
    double sum = 0;
    for (int t = season; t < history.length; t++) {
      sum += Math.abs(history[t] - history[t - season]);
    }
    return history.length > season ? sum / (history.length - season) : Double.NaN;
  }

  private static double scaled(double mae, double scale) {
    return scale == 0 ? Double.NaN : mae / scale;
  }

  private static void checkLengths(double[] actual, double[] other) {
    if (actual.length == 0) {
      throw new IllegalArgumentException("there are no true values to compare with");
    }
    if (actual.length != other.length) {
      throw new IllegalArgumentException(
          "there are " + actual.length + " true values but " + other.length + " to compare");
    }
  }
}
