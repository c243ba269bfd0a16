package dev.refrain.series;

/**
 * Values to come, and intervals around them.
 *
 * @param values {@code [horizon]}, in the units of the history
 * @param lower borders of the intervals; null where the model has none
 * @param upper borders of the intervals; null where the model has none
 * @param level share of true values that the intervals are meant to hold
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Forecast(double[] values, double[] lower, double[] upper, double level) {

  /** Whether there are intervals. */
  public boolean hasIntervals() {
    return lower != null;
  }
}
