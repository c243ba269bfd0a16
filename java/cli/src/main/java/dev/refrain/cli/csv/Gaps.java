package dev.refrain.cli.csv;

import java.util.Arrays;

/** Fills gaps in columns of numbers. */
final class Gaps {
  private Gaps() {}

  /**
   * Fills the rows that are learnt from by themselves, so that they are told nothing of those that
   * are held out; a gap at their end carries the last number on.
   *
   * @param values holding at least one number among the first; changed
   * @param heldOut how many of the last stay as they are
   * @return how many were replaced
   */
  static int interpolateBefore(double[] values, int heldOut) {
    double[] learnt = Arrays.copyOf(values, values.length - heldOut);
    int filled = interpolate(learnt);
    System.arraycopy(learnt, 0, values, 0, learnt.length);
    return filled;
  }

  /** The first row of a gap, or −1. */
  static int first(double[] values) {
    for (int row = 0; row < values.length; row++) {
      if (Double.isNaN(values[row])) {
        return row;
      }
    }
    return -1;
  }

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
