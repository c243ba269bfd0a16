package dev.refrain.series;

import java.util.Arrays;

/**
 * A history as the network sees it.
 *
 * @param transformation what was done first
 * @param scaler what was done second, fitted on the transformed values
 * @param scaled the outcome
 * @param lastValue of the history, as it came
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record PreparedSeries(
    Transformation transformation, Scaler scaler, float[] scaled, double lastValue) {

  /** Fits the scaler and prepares the history, which holds at least two values. */
  static PreparedSeries of(double[] history, Transformation transformation, String scaling) {
    double[] transformed = transformation.apply(history);
    double[][] rows = new double[transformed.length][];
    Arrays.setAll(rows, row -> new double[] {transformed[row]});
    Scaler scaler = Scaler.fit(scaling, rows);
    float[] scaled = new float[transformed.length];
    for (int row = 0; row < scaled.length; row++) {
      scaled[row] = (float) scaler.transform(transformed[row], 0);
    }
    return new PreparedSeries(transformation, scaler, scaled, history[history.length - 1]);
  }

  /** The end of the history, where forecasts start. */
  ForecastOrigin origin(int windowLength) {
    float[] window = Arrays.copyOfRange(scaled, scaled.length - windowLength, scaled.length);
    return new ForecastOrigin(transformation, scaler, window, lastValue);
  }
}
