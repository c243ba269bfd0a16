package dev.refrain.cli.csv;

/** Fills gaps in columns of numbers. */
final class Gaps {
  private Gaps() {}

  /**
   * Replaces what is NaN by a straight line between the numbers before and after, at the ends by
   * the nearest number.
   *
   * @param values holding at least one number; changed
   * @return how many were replaced
   */
  static int interpolate(double[] values) {
    int filled = 0;
    int before = -1;
    for (int row = 0; row <= values.length; row++) {
      if (row < values.length && Double.isNaN(values[row])) {
        continue;
      }
      for (int gap = before + 1; gap < row; gap++) {
        if (before < 0) {
          values[gap] = values[row];
        } else if (row == values.length) {
          values[gap] = values[before];
        } else {
          double share = (double) (gap - before) / (row - before);
          values[gap] = values[before] + share * (values[row] - values[before]);
        }
        filled++;
      }
      before = row;
    }
    return filled;
  }
}
