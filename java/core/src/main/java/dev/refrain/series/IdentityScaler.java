package dev.refrain.series;

import java.util.Arrays;

/** Leaves every value as it is. */
public final class IdentityScaler extends Scaler {
  /** The name of this kind. */
  public static final String NAME = "none";

  IdentityScaler(double[] zeros, double[] ones) {
    super(zeros, ones);
  }

  /**
   * Takes the number of columns from the rows.
   *
   * @param trainingRows [rows][columns], at least one of each, all finite
   * @return the scaler
   * @throws IllegalArgumentException if the rows are not as said
   */
  public static IdentityScaler fit(double[][] trainingRows) {
    int columns = checkTrainingRows(trainingRows);
    double[] ones = new double[columns];
    Arrays.fill(ones, 1);
    return new IdentityScaler(new double[columns], ones);
  }

  @Override
  public String name() {
    return NAME;
  }
}
