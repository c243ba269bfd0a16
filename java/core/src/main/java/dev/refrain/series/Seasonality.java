package dev.refrain.series;

import java.util.Arrays;

/**
 * Finds the season of a series by its autocorrelation: the shortest distance at which values
 * resemble each other clearly, more than at the distances beside it.
 */
public final class Seasonality {
  /** A season must be seen this often to be believed. */
  private static final int FEWEST_SEASONS = 3;

  /** Longer seasons are not looked for: a network reads no window of two of them. */
  private static final int LONGEST = 400;

  /** Correlation that a season shows at least, whatever the number of values. */
  private static final double LEAST_CORRELATION = 0.3;

  /**
   * Standard errors of the correlation of noise, about 1/√(n − lag) each, that it shows at least:
   * many lags are looked at, and one of them is always high.
   */
  private static final double LEAST_ERRORS = 4;

  /** A shorter season is preferred whose correlation is at least this share of the strongest. */
  private static final double NEAR_STRONGEST = 0.9;

  /** Median distances from the median change that a change counts at most: 13 deviations. */
  private static final double LARGEST_CHANGE = 20;

  /** Share of the largest distance that is more than a rounding error. */
  private static final double LEAST_USUAL = 1e-9;

  private Seasonality() {}

  /**
   * Finds the season.
   *
   * @param values training values, oldest first, all finite
   * @return its length in steps; 1 if there is none
   */
  public static int detect(double[] values) {
    double[] changes = limited(Transformation.differences(values, 1));
    int longest = Math.min(LONGEST, changes.length / FEWEST_SEASONS);
    double[] correlation = autocorrelation(changes, longest + 1);
    double strongest = 0;
    for (int lag = 2; lag <= longest; lag++) {
      if (isPeak(correlation, lag)) {
        strongest = Math.max(strongest, correlation[lag]);
      }
    }
    for (int lag = 2; lag <= longest; lag++) {
      if (isPeak(correlation, lag)
          && correlation[lag] >= least(changes.length - lag)
          && correlation[lag] >= NEAR_STRONGEST * strongest) {
        return lag;
      }
    }
    return 1;
  }

  /**
   * Changes without the excess of those far beyond the usual: one jump to another level would
   * outweigh all seasons together.
   */
  private static double[] limited(double[] changes) {
    if (changes.length == 0) {
      return changes;
    }
    double centre = LevelShifts.median(changes);
    double[] distances = Arrays.stream(changes).map(each -> Math.abs(each - centre)).toArray();
    double usual = LevelShifts.median(distances);
    // Where most changes are the same but for rounding, the others are all that there is.
    if (usual < LEAST_USUAL * Arrays.stream(distances).max().orElse(0)) {
      return changes;
    }
    double most = LARGEST_CHANGE * usual;
    return Arrays.stream(changes)
        .map(each -> Math.max(centre - most, Math.min(centre + most, each)))
        .toArray();
  }

  private static double least(int products) {
    return Math.max(LEAST_CORRELATION, LEAST_ERRORS / Math.sqrt(products));
  }

  private static boolean isPeak(double[] correlation, int lag) {
    return correlation[lag] > correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];
  }

  /**
   * Autocorrelation at the lags 0 to {@code most}, each of the mean of its own products, so that
   * long lags are not made smaller.
   */
  private static double[] autocorrelation(double[] values, int most) {
    double[] correlation = new double[Math.max(0, most) + 2];
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double variance = 0;
    for (double value : values) {
      variance += (value - mean) * (value - mean) / values.length;
    }
    // Rounding leaves a constant series with almost none.
    if (!(variance > 1e-24 * mean * mean) || variance == 0) {
      return correlation;
    }
    for (int lag = 0; lag < correlation.length && lag < values.length; lag++) {
      double sum = 0;
      for (int row = lag; row < values.length; row++) {
        sum += (values[row] - mean) * (values[row - lag] - mean);
      }
      correlation[lag] = sum / (values.length - lag) / variance;
    }
    return correlation;
  }
}
