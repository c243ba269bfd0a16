package dev.refrain.series;

/**
 * Maps each column's training values to mean 0 and standard deviation 1: {@code (value − mean) /
 * deviation}, with the deviation of the population (divided by the number of rows, not one less).
 */
public final class StandardScaler extends Scaler {
  /** The name of this kind. */
  public static final String NAME = "standard";

  StandardScaler(double[] mean, double[] deviation) {
    super(mean, deviation);
  }

  /**
   * Fits to the mean and standard deviation of each column.
   *
   * @param trainingRows [rows][columns], at least one of each, all finite
   * @return the fitted scaler
   * @throws IllegalArgumentException if the rows are not as said, or a column's squares overflow or
   *     its differences are too small to have any
   */
  public static StandardScaler fit(double[][] trainingRows) {
    int columns = checkTrainingRows(trainingRows);
    double[] mean = new double[columns];
    double[] deviation = new double[columns];
    for (int column = 0; column < columns; column++) {
      mean[column] = mean(trainingRows, column);
      deviation[column] = deviation(trainingRows, column, mean[column]);
    }
    requireScalable(deviation);
    return new StandardScaler(mean, deviation);
  }

  @Override
  public String name() {
    return NAME;
  }

  private static double mean(double[][] rows, int column) {
    double sum = 0;
    for (double[] row : rows) {
      sum += row[column];
    }
    return sum / rows.length;
  }

  private static double deviation(double[][] rows, int column, double mean) {
    // The rounded mean of equal values may differ from them, so ask the values themselves.
    if (min(rows, column) == max(rows, column)) {
      return 1;
    }
    double squares = 0;
    for (double[] row : rows) {
      squares += (row[column] - mean) * (row[column] - mean);
    }
    return Math.sqrt(squares / rows.length);
  }
}
