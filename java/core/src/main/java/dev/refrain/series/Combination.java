package dev.refrain.series;

import java.util.Arrays;
import java.util.List;

/**
 * One forecast out of many: the median of the networks of each variant, and the weighted mean of
 * these.
 *
 * @param values {@code [horizon]}
 * @param spread standard deviation of all networks' forecasts, or of their logarithms
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Combination(double[] values, double[] spread) {

  /**
   * Combines.
   *
   * @param paths forecasts {@code [variants · members][horizon]}, those of a variant together
   * @param weights one a variant
   * @param relative whether the spread is that of logarithms
   */
  static Combination of(List<double[]> paths, double[] weights, boolean relative) {
    int members = paths.size() / weights.length;
    int horizon = paths.get(0).length;
    double[] values = new double[horizon];
    double[] spread = new double[horizon];
    for (int step = 0; step < horizon; step++) {
      double[] column = new double[paths.size()];
      for (int path = 0; path < column.length; path++) {
        column[path] = paths.get(path)[step];
      }
      double square = 0;
      for (int variant = 0; variant < weights.length; variant++) {
        double[] own = Arrays.copyOfRange(column, variant * members, (variant + 1) * members);
        values[step] += weights[variant] * median(own);
      }
      double centre = Residuals.level(values[step], relative);
      for (int path = 0; path < column.length; path++) {
        double distance = Residuals.level(column[path], relative) - centre;
        square += weights[path / members] / members * distance * distance;
      }
      spread[step] = Math.sqrt(square);
    }
    return new Combination(values, spread);
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
}
