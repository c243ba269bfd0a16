package dev.refrain.series;

/**
 * Maps each column's training range to [0, 1]: {@code (value − min) / (max − min)}. Later values
 * outside the training range map outside [0, 1]; they are not clipped.
 */
public final class MinMaxScaler extends Scaler {
  /** The name of this kind. */
  public static final String NAME = "minmax";

  MinMaxScaler(double[] min, double[] range) {
    super(min, range);
  }

  /**
   * Fits to the smallest and largest value of each column.
   *
   * @param trainingRows [rows][columns], at least one of each, all finite
   * @return the fitted scaler
   * @throws IllegalArgumentException if the rows are not as said or a column's range overflows
   */
  public static MinMaxScaler fit(double[][] trainingRows) {
    int columns = checkTrainingRows(trainingRows);
    double[] min = new double[columns];
    double[] range = new double[columns];
    for (int column = 0; column < columns; column++) {
      min[column] = min(trainingRows, column);
      double max = max(trainingRows, column);
      range[column] = max > min[column] ? max - min[column] : 1;
    }
    requireScalable(range);
    return new MinMaxScaler(min, range);
  }

  @Override
  public String name() {
    return NAME;
  }
}
