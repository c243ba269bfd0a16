package dev.refrain.series;

import java.util.Arrays;

/**
 * A history to learn.
 *
 * @param name for messages
 * @param rows {@code [R][columns]}: targets, covariates, then what is known ahead
 * @param season length of a season in steps, 1 for none
 * @param seed of its first network; the others have those that follow
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Task(String name, double[][] rows, int season, long seed) {

  double[] column(int column) {
    return Preparation.column(rows, column);
  }

  /** Some rows of a column: a long one is not copied whole for a few of them. */
  double[] column(int column, int from, int to) {
    double[] values = new double[to - from];
    Arrays.setAll(values, row -> rows[from + row][column]);
    return values;
  }

  /** Whether all targets are the same in all rows. */
  boolean isConstant(int targets) {
    for (double[] row : rows) {
      for (int target = 0; target < targets; target++) {
        if (row[target] != rows[0][target]) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether all targets have logarithms. */
  boolean isPositive(int targets) {
    for (double[] row : rows) {
      for (int target = 0; target < targets; target++) {
        if (!(row[target] > 0)) {
          return false;
        }
      }
    }
    return true;
  }
}
