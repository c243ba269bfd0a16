package dev.refrain.series;

import java.util.Arrays;

/**
 * What each phase of the season has above the average of all: the classical additive decomposition.
 * A centred moving average of one season is the trend; the mean of what each phase has above it,
 * less the mean of all phases, is its index (Kendall and Stuart, "The Advanced Theory of
 * Statistics", volume 3, 1983, pages 410–414).
 */
final class SeasonalIndices {
  private SeasonalIndices() {}

  /**
   * The indices of a series, row 0 having phase 0; zeros where no season has a whole one around it.
   */
  static double[] of(double[] levels, int season) {
    double[] sums = new double[season];
    int[] counts = new int[season];
    int half = season / 2;
    for (int row = half; row + half < levels.length; row++) {
      sums[row % season] += levels[row] - centredMean(levels, row, season);
      counts[row % season]++;
    }
    double[] indices = new double[season];
    Arrays.setAll(indices, phase -> counts[phase] == 0 ? 0 : sums[phase] / counts[phase]);
    double mean = Arrays.stream(indices).average().orElse(0);
    for (int phase = 0; phase < season; phase++) {
      indices[phase] -= mean;
    }
    return indices;
  }

  /** Over one season; of an even one the two ends count half. */
  private static double centredMean(double[] levels, int row, int season) {
    int half = season / 2;
    double sum = 0;
    for (int distance = -half; distance <= half; distance++) {
      boolean end = season % 2 == 0 && Math.abs(distance) == half;
      sum += (end ? 0.5 : 1) * levels[row + distance];
    }
    return sum / season;
  }
}
