package dev.refrain.series;

import java.util.Arrays;
import java.util.List;

/**
 * A transformation with what it has learnt of its training values. Rows count from the first
 * training value, so that phases of the season stay what they were in values seen later.
 *
 * @param transformation what is done
 * @param season length of a season in steps, 1 for none
 * @param indices of the season's phases, where they are taken out; else one 0
 * @param shifts of the level, oldest first, where it is levelled; else none
 * @param base sum of the shifts up to the level that all values are moved to: the last one, or, of
 *     rows that follow no training, the level that networks know
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record FittedTransformation(
    Transformation transformation,
    int season,
    double[] indices,
    List<LevelShift> shifts,
    double base) {

  /** Makes one; later changes to the list of shifts do not reach it. */
  public FittedTransformation {
    shifts = List.copyOf(shifts);
  }

  static double sum(List<LevelShift> shifts) {
    return shifts.stream().mapToDouble(LevelShift::size).sum();
  }

  FittedTransformation withIndices(double[] newIndices) {
    return new FittedTransformation(transformation, season, newIndices, shifts, base);
  }

  /** The same of other rows, which have shifts of their own and are moved to their last level. */
  FittedTransformation of(double[] others) {
    List<LevelShift> own = transformation.shifts(others, season);
    return new FittedTransformation(transformation, season, indices, own, sum(own));
  }

  /** The same, of values that are moved higher by so much. */
  FittedTransformation raised(double by) {
    return new FittedTransformation(transformation, season, indices, shifts, base + by);
  }

  /** Whether the level is left in, for networks to see. */
  boolean keepsLevel() {
    return !transformation.difference()
        && transformation.seasonal() != Transformation.Seasonal.DIFFERENCE;
  }

  /** How many values fewer there are after {@link #apply}. */
  public int lost() {
    return transformation.lost(season);
  }

  /** How many of the last values {@link #invert} needs. */
  public int tail() {
    return Math.max(1, lost());
  }

  /**
   * Transforms a series.
   *
   * @param values oldest first, the first being row 0; left as they are
   * @return a new array, {@link #lost} values shorter
   * @throws IllegalArgumentException if a logarithm is wanted of a value that is not positive
   */
  public double[] apply(double[] values) {
    return apply(values, 0);
  }

  /** As above, of values the first of which is another row. */
  double[] apply(double[] values, int firstRow) {
    double[] result = levels(values, firstRow);
    for (int row = 0; row < result.length; row++) {
      result[row] -= index(firstRow + row);
    }
    if (transformation.seasonal() == Transformation.Seasonal.DIFFERENCE) {
      result = Transformation.differences(result, season);
    }
    return transformation.difference() ? Transformation.differences(result, 1) : result;
  }

  /**
   * Turns transformed values that follow a series back into values.
   *
   * @param transformed the continuation, left as it is
   * @param tail the last {@link #tail} values before it, or more, untransformed
   * @param firstRow the row that the continuation begins at
   * @return a new array of as many values
   */
  public double[] invert(double[] transformed, double[] tail, int firstRow) {
    int known = tail.length;
    // Levels without their seasonal index, the known ones first.
    double[] levels = Arrays.copyOf(levels(tail, firstRow - known), known + transformed.length);
    for (int i = 0; i < known; i++) {
      levels[i] -= index(firstRow - known + i);
    }
    int lag = transformation.seasonal() == Transformation.Seasonal.DIFFERENCE ? season : 0;
    double[] values = new double[transformed.length];
    for (int step = 0; step < values.length; step++) {
      int at = known + step;
      double level = transformed[step];
      if (transformation.difference()) {
        level += levels[at - 1] - (lag > 0 ? levels[at - 1 - lag] : 0);
      }
      levels[at] = level + (lag > 0 ? levels[at - lag] : 0);
      double whole = levels[at] + index(firstRow + step) + above(firstRow + step);
      values[step] = transformation.logarithm() ? Math.exp(whole) : whole;
    }
    return values;
  }

  /** Values or their logarithms, moved to the level of the base. */
  double[] levels(double[] values, int firstRow) {
    double[] levels = transformation.levels(values);
    for (int row = 0; row < levels.length && (base != 0 || !shifts.isEmpty()); row++) {
      levels[row] -= above(firstRow + row);
    }
    return levels;
  }

  /** How much higher than that of the base the level of a row is. */
  private double above(int row) {
    double sum = -base;
    for (LevelShift shift : shifts) {
      sum += row >= shift.row() ? shift.size() : 0;
    }
    return sum;
  }

  private double index(int row) {
    return indices[Math.floorMod(row, indices.length)];
  }
}
