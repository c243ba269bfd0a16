package dev.refrain.series;

import java.util.Arrays;

/** Forecasts without a model, which a model has to beat. */
public final class Baselines {
  private Baselines() {}

  /**
   * Repeats the last season: the forecast {@code h} steps ahead is the last known value of the same
   * phase.
   *
   * @param history at least {@code season} values, oldest first
   * @param season length of a season in steps, at least 1 (with 1 it is {@link #lastValue})
   * @param horizon number of steps to forecast, not negative
   * @return [horizon] values
   * @throws IllegalArgumentException if the history is shorter than a season, or a number is not as
   *     said
   */
  public static double[] seasonalNaive(double[] history, int season, int horizon) {
    if (season < 1) {
      throw new IllegalArgumentException("season is " + season + ", but must be at least 1");
    }
    if (history.length < season) {
      throw new IllegalArgumentException(
          "a season of " + season + " steps needs as many values, but there are " + history.length);
    }
    double[] forecast = new double[checkHorizon(horizon)];
    int lastSeason = history.length - season;
    Arrays.setAll(forecast, step -> history[lastSeason + step % season]);
    return forecast;
  }

  /**
   * Repeats the last known value (the random walk's forecast).
   *
   * @param history at least one value, oldest first
   * @param horizon number of steps to forecast, not negative
   * @return [horizon] values
   * @throws IllegalArgumentException if the history is empty or the horizon negative
   */
  public static double[] lastValue(double[] history, int horizon) {
    return seasonalNaive(history, 1, horizon);
  }

  private static int checkHorizon(int horizon) {
    if (horizon < 0) {
      throw new IllegalArgumentException("horizon is " + horizon + ", but must not be negative");
    }
    return horizon;
  }
}
