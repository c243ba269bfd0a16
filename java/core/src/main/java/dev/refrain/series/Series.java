package dev.refrain.series;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A table of numbers through time: rows are steps, oldest first, columns are what was measured. */
public final class Series {
  private final List<String> names;
  private final double[][] values;
  private final TimeIndex times;

  /**
   * Makes a series whose rows are merely numbered.
   *
   * @param names one a column, at least one, all different
   * @param values [rows][columns], all finite; copied
   * @throws IllegalArgumentException if two names are the same, or a row has another number of
   *     columns or holds a value that is not finite
   */
  public Series(List<String> names, double[][] values) {
    this(names, values, null);
  }

  /**
   * Makes a series whose rows have dates.
   *
   * @param names one a column, at least one, all different
   * @param values [rows][columns], all finite; copied
   * @param times of as many rows, or null if rows are merely numbered
   * @throws IllegalArgumentException if two names are the same, the sizes do not fit or a value is
   *     not finite
   */
  public Series(List<String> names, double[][] values, TimeIndex times) {
    this.names = List.copyOf(Objects.requireNonNull(names, "names"));
    this.values = new double[values.length][];
    this.times = times;
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a series needs at least one column");
    }
    for (int column = 0; column < names.size(); column++) {
      if (names.indexOf(names.get(column)) < column) {
        throw new IllegalArgumentException(
            "columns %d and %d are both named '%s'; give them different names"
                .formatted(names.indexOf(names.get(column)), column, names.get(column)));
      }
    }
    if (times != null && times.size() != values.length) {
      throw new IllegalArgumentException(
          "there are " + values.length + " rows but " + times.size() + " times");
    }
    for (int row = 0; row < values.length; row++) {
      this.values[row] = checkedRow(values[row], row);
    }
  }

  /** Number of rows. */
  public int rows() {
    return values.length;
  }

  /** Number of columns. */
  public int columns() {
    return names.size();
  }

  /** The columns' names, in their order. */
  public List<String> names() {
    return names;
  }

  /** When the rows happened, if that is known and regular. */
  public Optional<TimeIndex> times() {
    return Optional.ofNullable(times);
  }

  /**
   * One column.
   *
   * @param column from 0 to {@link #columns()} − 1
   * @return a new array [rows]
   * @throws IndexOutOfBoundsException if there is no such column
   */
  public double[] column(int column) {
    if (column < 0 || column >= columns()) {
      throw new IndexOutOfBoundsException(
          "column is %d; there are %d, %s".formatted(column, columns(), names));
    }
    double[] result = new double[rows()];
    Arrays.setAll(result, row -> values[row][column]);
    return result;
  }

  /**
   * Some rows.
   *
   * @param from first row
   * @param to row after the last
   * @return a new array [to − from][columns]
   * @throws IndexOutOfBoundsException if from or to lies outside the series or from is above to
   */
  public double[][] rows(int from, int to) {
    Objects.checkFromToIndex(from, to, rows());
    double[][] result = new double[to - from][];
    Arrays.setAll(result, row -> values[from + row].clone());
    return result;
  }

  /**
   * The first rows as a series of their own.
   *
   * @param count how many, at least 1 where there are dates
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public Series head(int count) {
    Objects.checkFromToIndex(0, count, rows());
    return new Series(this, count);
  }

  /** Rows never change, so that the first ones can be those of another series. */
  private Series(Series whole, int count) {
    names = whole.names;
    values = Arrays.copyOf(whole.values, count);
    times = whole.times == null ? null : whole.times.head(count);
  }

  /** The rows' labels, numbered where there are no dates. Rows after the end have labels, too. */
  public String label(int row) {
    return times == null ? Integer.toString(row) : times.label(row);
  }

  @Override
  public String toString() {
    String frequency = times == null ? "" : ", " + times.frequency();
    return "Series of " + rows() + " rows, columns " + names + frequency;
  }

  private double[] checkedRow(double[] row, int index) {
    if (row == null || row.length != columns()) {
      throw new IllegalArgumentException(
          "row %d has %s values for %d columns"
              .formatted(index, row == null ? "no" : row.length, columns()));
    }
    for (int column = 0; column < row.length; column++) {
      if (!Double.isFinite(row[column])) {
        throw new IllegalArgumentException(
            "row %d, column '%s' is %s; a series holds finite numbers only"
                .formatted(index, names.get(column), row[column]));
      }
    }
    return row.clone();
  }
}
