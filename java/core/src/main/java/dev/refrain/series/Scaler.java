package dev.refrain.series;

import java.util.List;
import java.util.Map;

/**
 * Maps each column of a series to a range that networks train well on, and back: {@code scaled =
 * (value − offset) / scale}, with one offset and one scale a column.
 *
 * <p>A scaler is fitted once, on the training rows alone: fitting on the rows to be forecast would
 * tell the network about them. It never changes afterwards and may be shared between threads. A
 * checkpoint keeps {@link #name()} and {@link #parameters()}, and {@link #restore} makes the same
 * scaler of them, bit for bit.
 *
 * <p>A column whose training values are all the same has no spread to divide by. Its scale is 1, so
 * that it maps to 0 and values seen later keep their distance from it.
 */
public abstract sealed class Scaler permits MinMaxScaler, StandardScaler, IdentityScaler {
  /** The names that {@link #fit} and {@link #restore} know. */
  public static final List<String> NAMES =
      List.of(MinMaxScaler.NAME, StandardScaler.NAME, IdentityScaler.NAME);

  private static final String OFFSET = "offset";
  private static final String SCALE = "scale";

  private final double[] offset;
  private final double[] scale;

  /** Takes over both arrays, one value a column. */
  Scaler(double[] offset, double[] scale) {
    if (offset.length != scale.length) {
      throw new IllegalArgumentException(
          "a scaler has " + offset.length + " offsets but " + scale.length + " scales");
    }
    for (int column = 0; column < scale.length; column++) {
      if (!Double.isFinite(offset[column])
          || !Double.isFinite(scale[column])
          || scale[column] <= 0) {
        throw new IllegalArgumentException(
            "column %d has offset %s and scale %s; both must be finite and the scale above 0"
                .formatted(column, offset[column], scale[column]));
      }
    }
    this.offset = offset;
    this.scale = scale;
  }

  /**
   * Fits a scaler chosen by name.
   *
   * @param name one of {@link #NAMES}
   * @param trainingRows [rows][columns], at least one of each, all finite
   * @return the fitted scaler
   * @throws IllegalArgumentException if the name is unknown or the rows are not as said
   */
  public static Scaler fit(String name, double[][] trainingRows) {
    return switch (name) {
      case MinMaxScaler.NAME -> MinMaxScaler.fit(trainingRows);
      case StandardScaler.NAME -> StandardScaler.fit(trainingRows);
      case IdentityScaler.NAME -> IdentityScaler.fit(trainingRows);
      default -> throw unknown(name);
    };
  }

  /**
   * Makes sure that differences between a column's values are numbers that can be divided by.
   *
   * @throws IllegalArgumentException if its values are too large, or differ too little
   */
  static void requireScalable(double[] scale) {
    for (int column = 0; column < scale.length; column++) {
      if (!Double.isFinite(scale[column]) || scale[column] <= 0) {
        throw new IllegalArgumentException(
            "the values of column %d are too %s to be scaled; give them in another unit"
                .formatted(column, scale[column] == 0 ? "close to each other" : "large"));
      }
    }
  }

  /**
   * Makes a scaler again from what a checkpoint kept.
   *
   * @param name as {@link #name()} gave it
   * @param parameters as {@link #parameters()} gave them
   * @return a scaler equal to the one that was kept
   * @throws IllegalArgumentException if the name is unknown or a parameter is missing or unfit
   */
  public static Scaler restore(String name, Map<String, double[]> parameters) {
    double[] offset = required(parameters, OFFSET);
    double[] scale = required(parameters, SCALE);
    return switch (name) {
      case MinMaxScaler.NAME -> new MinMaxScaler(offset, scale);
      case StandardScaler.NAME -> new StandardScaler(offset, scale);
      case IdentityScaler.NAME -> new IdentityScaler(offset, scale);
      default -> throw unknown(name);
    };
  }

  /** The name of this kind of scaler, one of {@link #NAMES}. */
  public abstract String name();

  /** Number of columns that it was fitted on. */
  public int columns() {
    return offset.length;
  }

  /** What was fitted, by name: arrays of {@link #columns()} values each, as copies. */
  public Map<String, double[]> parameters() {
    return Map.of(OFFSET, offset.clone(), SCALE, scale.clone());
  }

  /**
   * Maps one value to the network's range.
   *
   * @param value in the units of the series
   * @param column from 0 to {@link #columns()} − 1
   * @return the scaled value
   */
  public double transform(double value, int column) {
    return (value - offset[column]) / scale[column];
  }

  /**
   * Maps one value of the network's range back.
   *
   * @param value scaled
   * @param column from 0 to {@link #columns()} − 1
   * @return the value in the units of the series
   */
  public double inverse(double value, int column) {
    return value * scale[column] + offset[column];
  }

  /**
   * Maps rows to the network's range.
   *
   * @param rows [rows][columns], left as they are
   * @return a new array [rows][columns]
   * @throws IllegalArgumentException if a row has another number of columns
   */
  public double[][] transform(double[][] rows) {
    double[][] scaled = new double[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      scaled[row] = new double[checkColumns(rows[row], row)];
      for (int column = 0; column < columns(); column++) {
        scaled[row][column] = transform(rows[row][column], column);
      }
    }
    return scaled;
  }

  /**
   * Maps scaled rows back.
   *
   * @param rows [rows][columns], left as they are
   * @return a new array [rows][columns]
   * @throws IllegalArgumentException if a row has another number of columns
   */
  public double[][] inverse(double[][] rows) {
    double[][] values = new double[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      values[row] = new double[checkColumns(rows[row], row)];
      for (int column = 0; column < columns(); column++) {
        values[row][column] = inverse(rows[row][column], column);
      }
    }
    return values;
  }

  @Override
  public String toString() {
    return name() + " scaler of " + columns() + (columns() == 1 ? " column" : " columns");
  }

  private int checkColumns(double[] values, int row) {
    if (values.length != columns()) {
      throw new IllegalArgumentException(
          "row " + row + " has " + values.length + " columns, the scaler has " + columns());
    }
    return values.length;
  }

  /** Checks training rows, and returns their number of columns. */
  static int checkTrainingRows(double[][] rows) {
    if (rows.length == 0 || rows[0].length == 0) {
      throw new IllegalArgumentException("a scaler needs at least one row and one column to fit");
    }
    for (int row = 0; row < rows.length; row++) {
      if (rows[row].length != rows[0].length) {
        throw new IllegalArgumentException(
            "row " + row + " has " + rows[row].length + " columns, row 0 has " + rows[0].length);
      }
      for (int column = 0; column < rows[row].length; column++) {
        if (!Double.isFinite(rows[row][column])) {
          throw new IllegalArgumentException(
              "row " + row + ", column " + column + " is " + rows[row][column] + ", not a number");
        }
      }
    }
    return rows[0].length;
  }

  static double min(double[][] rows, int column) {
    double min = rows[0][column];
    for (double[] row : rows) {
      min = Math.min(min, row[column]);
    }
    return min;
  }

  static double max(double[][] rows, int column) {
    double max = rows[0][column];
    for (double[] row : rows) {
      max = Math.max(max, row[column]);
    }
    return max;
  }

  private static double[] required(Map<String, double[]> parameters, String key) {
    double[] values = parameters.get(key);
    if (values == null) {
      throw new IllegalArgumentException(
          "the scaler's parameter '" + key + "' is missing; there are " + parameters.keySet());
    }
    return values.clone();
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "no scaler is named '" + name + "'; choose one of " + String.join(", ", NAMES));
  }
}
