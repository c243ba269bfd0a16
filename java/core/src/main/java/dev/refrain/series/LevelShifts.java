package dev.refrain.series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the few rows at which a series jumped to another level and stayed there: a new contract,
 * another meter, a shop that doubled its floor. Jumps like these are events, not behaviour to be
 * learnt, and a network that reads across one learns little else. They are taken out as "level
 * shifts" are in Chen and Liu, "Joint estimation of model parameters and outlier effects in time
 * series", Journal of the American Statistical Association 88 (1993), pages 284–297; the test here
 * needs no model of the series.
 *
 * <p>A jump is believed if, with seasons and the trend cancelled, the level of the rows after it
 * differs from that of as many rows before by {@link #LEAST_ERRORS} times what such differences
 * amount to in the rest of the series; if at least half of it happens in a single step; and if the
 * median says so, too, so that spikes are none. A series of more than {@link #MOST} jumps is one
 * that jumps: none is taken out.
 */
final class LevelShifts {
  /** More are the way of the series. */
  private static final int MOST = 3;

  /** Robust standard deviations that a shift differs by; noise and random walks reach 5. */
  private static final double LEAST_ERRORS = 8;

  /** Share of the shift that its first step and its median show at least. */
  private static final double LEAST_SHARE = 0.5;

  /** Rows of each side that are compared, at least; whole seasons. */
  private static final int SHORTEST_SIDE = 12;

  /** Of which, after the last shift, so many may be missing yet. */
  private static final int SHARE_AFTER = 3;

  private static final int FEWEST_AFTER = 4;

  /** The size is measured across up to so many sides, where there are as many rows. */
  private static final int LONGEST_SIDES = 3;

  /** Candidates that may turn out to be spikes or slopes: each may hide a jump that is smaller. */
  private static final int MOST_REJECTED = 8;

  /** The median absolute deviation of normal numbers is their standard deviation over this. */
  private static final double NORMAL_DEVIATION = 1.4826;

  /** Rounding errors are no shifts. */
  private static final double LEAST_RELATIVE = 1e-9;

  /** A median needs no more. */
  private static final int MOST_SAMPLES = 20_000;

  private final int season;
  private final int side;

  private LevelShifts(int season) {
    this.season = season;
    side = season * ((SHORTEST_SIDE + season - 1) / season);
  }

  /**
   * Finds them.
   *
   * @param levels values or their logarithms, oldest first
   * @param season length of a season in steps, 1 for none
   * @return oldest first; empty if there are none, too many, or too few rows to tell
   */
  static List<LevelShift> of(double[] levels, int season) {
    if (season > levels.length) {
      return List.of();
    }
    LevelShifts finder = new LevelShifts(season);
    double[] left = levels.clone();
    List<LevelShift> found = new ArrayList<>();
    while (true) {
      LevelShift next = finder.largest(left);
      if (next == null) {
        found.sort(Comparator.comparingInt(LevelShift::row));
        return List.copyOf(found);
      }
      if (found.size() == MOST) {
        return List.of();
      }
      found.add(next);
      for (int row = next.row(); row < left.length; row++) {
        left[row] -= next.size();
      }
    }
  }

  /** The shift that differs most from the rest of the series; null if none does enough. */
  private LevelShift largest(double[] levels) {
    if (levels.length < 4L * side) {
      return null;
    }
    double[] rises = Transformation.differences(levels, side);
    double[] sums = new double[rises.length + 1];
    for (int i = 0; i < rises.length; i++) {
      sums[i + 1] = sums[i] + rises[i];
    }
    // rises[i] is the rise to row side + i from a side before: their mean over a side is the
    // difference between the levels on both sides of row side + i.
    double[] whole = new double[rises.length - side + 1];
    Arrays.setAll(whole, i -> (sums[i + side] - sums[i]) / side);
    double trend = median(sampled(whole));
    double deviation =
        NORMAL_DEVIATION
            * median(Arrays.stream(sampled(whole)).map(value -> Math.abs(value - trend)).toArray());
    int fewest = fewestAfter();
    double[] weights = new double[Math.max(0, rises.length - fewest + 1)];
    for (int i = 0; i < weights.length; i++) {
      int count = Math.min(side, rises.length - i);
      double difference = Math.abs((sums[i + count] - sums[i]) / count - trend);
      double weighed = difference * Math.sqrt((double) count / side);
      boolean enough =
          difference > LEAST_RELATIVE * Math.abs(levels[side + i])
              && weighed >= LEAST_ERRORS * deviation;
      weights[i] = enough ? weighed : 0;
    }
    for (int rejected = 0; rejected < MOST_REJECTED; rejected++) {
      int best = heaviest(weights);
      if (best < 0) {
        return null;
      }
      LevelShift shift = measured(levels, side + best, trend);
      if (shift != null) {
        return shift;
      }
      // What is beside it is made of the same rows.
      Arrays.fill(weights, Math.max(0, best - side + 1), Math.min(weights.length, best + side), 0);
    }
    return null;
  }

  /** The first of the largest; −1 if none is above 0. */
  private static int heaviest(double[] weights) {
    int best = -1;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > (best < 0 ? 0 : weights[best])) {
        best = i;
      }
    }
    return best;
  }

  /** Rows after a shift, itself included, that it takes to be found. */
  static int fewestAfter(int season) {
    return new LevelShifts(season).fewestAfter();
  }

  private int fewestAfter() {
    return Math.min(side, Math.max(FEWEST_AFTER, side / SHARE_AFTER));
  }

  /** The shift near a row, or null if it is a spike or comes about slowly. */
  private LevelShift measured(double[] levels, int near, double trend) {
    int count = Math.min(side, levels.length - near);
    double mean = 0;
    for (int row = near; row < near + count; row++) {
      mean += (levels[row] - levels[row - side] - trend) / count;
    }
    int at = near;
    double steepest = 0;
    int last = Math.min(levels.length - FEWEST_AFTER, near + side / 4);
    for (int row = Math.max(side, near - side / 4); row <= last; row++) {
      double step = (levels[row] - levels[row - 1] - usualStep(levels, row)) * Math.signum(mean);
      if (step > steepest) {
        at = row;
        steepest = step;
      }
    }
    double size = size(levels, at, trend);
    boolean lasting = size * Math.signum(mean) >= LEAST_SHARE * Math.abs(mean);
    return lasting && steepest >= LEAST_SHARE * Math.abs(size) ? new LevelShift(at, size) : null;
  }

  /** The median rise across a row, from rows of the same phase before it. */
  private double size(double[] levels, int at, double trend) {
    int sides = Math.min(LONGEST_SIDES, Math.min(at, levels.length - at) / side);
    int lag = side * Math.max(1, sides);
    double[] rises = new double[Math.min(lag, levels.length - at)];
    Arrays.setAll(rises, i -> levels[at + i] - levels[at + i - lag]);
    return median(rises) - trend * lag / side;
  }

  /** The median step to the phase of a row. */
  private double usualStep(double[] levels, int row) {
    int first = row % season == 0 ? season : row % season;
    double[] steps = new double[(levels.length - 1 - first) / season + 1];
    Arrays.setAll(steps, i -> levels[first + i * season] - levels[first + i * season - 1]);
    return median(sampled(steps));
  }

  private static double[] sampled(double[] values) {
    int stride = 1 + (values.length - 1) / MOST_SAMPLES;
    double[] some = new double[(values.length - 1) / stride + 1];
    Arrays.setAll(some, i -> values[i * stride]);
    return some;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
