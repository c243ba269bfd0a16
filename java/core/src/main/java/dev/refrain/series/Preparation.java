package dev.refrain.series;

import java.util.Arrays;
import java.util.List;

/**
 * How the columns of a history become numbers for a network and back: a transformation for each
 * value, none for what is known ahead, then a scaler. Fitted on training rows alone.
 *
 * @param shape which columns there are: targets, covariates, known ahead
 * @param transformations one for each value
 * @param scaler of all columns, transformed
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Preparation(FrameShape shape, FittedTransformation[] transformations, Scaler scaler) {

  /**
   * Fits.
   *
   * @param rows training rows {@code [R][columns]}
   * @param transformation of the targets; covariates are only scaled
   */
  static Preparation fit(
      double[][] rows,
      FrameShape shape,
      Transformation transformation,
      int season,
      String scaling) {
    return fit(rows, rows, shape, transformation, season, scaling);
  }

  /**
   * As above, where more rows than those of the training tell of its level shifts.
   *
   * @param known the training rows, and rows that follow
   */
  static Preparation fit(
      double[][] rows,
      double[][] known,
      FrameShape shape,
      Transformation transformation,
      int season,
      String scaling) {
    FittedTransformation[] fitted = new FittedTransformation[shape.values()];
    for (int column = 0; column < fitted.length; column++) {
      Transformation each = column < shape.targets() ? transformation : Transformation.NONE;
      double[] own = column(rows, column);
      List<LevelShift> shifts =
          each.leveled() ? each.shifts(column(known, column), season) : List.of();
      fitted[column] = each.fit(own, season, shifts);
    }
    double[][] transformed = transform(rows, 0, shape, fitted);
    return new Preparation(shape, fitted, Scaler.fit(scaling, transformed));
  }

  /** Rows that the transformations take from the start. */
  int lost() {
    return Arrays.stream(transformations).mapToInt(FittedTransformation::lost).max().orElse(0);
  }

  /** Rows before a forecast that turning it into values needs. */
  int tail() {
    return Arrays.stream(transformations).mapToInt(FittedTransformation::tail).max().orElse(1);
  }

  /** Rows from the first training row on, transformed and scaled: {@link #lost} fewer. */
  float[][] scaled(double[][] rows) {
    return scaled(rows, 0);
  }

  private float[][] scaled(double[][] rows, int firstRow) {
    return toFloats(scaler.transform(transform(rows, firstRow, shape, transformations)));
  }

  /** The same, of other rows than those of the history, whose levels may shift elsewhere. */
  Preparation of(double[][] others) {
    FittedTransformation[] own = new FittedTransformation[transformations.length];
    Arrays.setAll(own, column -> transformations[column].of(column(others, column)));
    return new Preparation(shape, own, scaler);
  }

  /** Rows of what is known ahead alone, {@code [R][known]}, scaled. */
  float[][] scaledKnown(double[][] known) {
    float[][] scaled = new float[known.length][shape.known()];
    for (int row = 0; row < known.length; row++) {
      for (int column = 0; column < shape.known(); column++) {
        scaled[row][column] = (float) scaler.transform(known[row][column], shape.values() + column);
      }
    }
    return scaled;
  }

  /** Predictions of a target, on the network's scale, as values. */
  double[] values(double[] predictions, int target, double[] tail, int firstRow) {
    double[] transformed = new double[predictions.length];
    Arrays.setAll(transformed, step -> scaler.inverse(predictions[step], target));
    return transformations[target].invert(transformed, tail, firstRow);
  }

  /** The end of some rows, which begin with the first training row. */
  ForecastOrigin origin(double[][] rows, int windowLength) {
    return originFrom(0, rows, windowLength);
  }

  private ForecastOrigin originFrom(int firstRow, double[][] rows, int windowLength) {
    float[][] scaled = scaled(rows, firstRow);
    float[][] window = Arrays.copyOfRange(scaled, scaled.length - windowLength, scaled.length);
    double[][] tail = new double[shape.targets()][];
    for (int target = 0; target < tail.length; target++) {
      double[] values = column(rows, target);
      tail[target] = Arrays.copyOfRange(values, values.length - tail(), values.length);
    }
    return new ForecastOrigin(this, window, tail, firstRow + rows.length);
  }

  /**
   * As {@link #origin(double[][], int)}, of the rows before {@code end}. Transformations look back
   * a season and a step: a long history is not transformed for each origin.
   */
  ForecastOrigin origin(double[][] rows, int end, int windowLength) {
    int from = Math.max(0, end - windowLength - Math.max(lost(), tail()));
    return originFrom(from, Arrays.copyOfRange(rows, from, end), windowLength);
  }

  static double[] column(double[][] rows, int column) {
    double[] values = new double[rows.length];
    Arrays.setAll(values, row -> rows[row][column]);
    return values;
  }

  private static double[][] transform(
      double[][] rows, int firstRow, FrameShape shape, FittedTransformation[] fitted) {
    int lost = Arrays.stream(fitted).mapToInt(FittedTransformation::lost).max().orElse(0);
    double[][] transformed = new double[Math.max(0, rows.length - lost)][shape.columns()];
    for (int column = 0; column < shape.columns(); column++) {
      double[] values = column(rows, column);
      double[] result = column < fitted.length ? fitted[column].apply(values, firstRow) : values;
      int skipped = result.length - transformed.length;
      for (int row = 0; row < transformed.length; row++) {
        transformed[row][column] = result[row + skipped];
      }
    }
    return transformed;
  }

  private static float[][] toFloats(double[][] rows) {
    float[][] floats = new float[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      floats[row] = new float[rows[row].length];
      for (int column = 0; column < rows[row].length; column++) {
        floats[row][column] = (float) rows[row][column];
      }
    }
    return floats;
  }
}
