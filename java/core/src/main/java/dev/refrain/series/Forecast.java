package dev.refrain.series;

import java.util.Arrays;

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

  /** Values and intervals, for people. */
  @Override
  public String toString() {
    String forecast = "Forecast of " + Arrays.toString(values);
    return hasIntervals()
        ? "%s, %s %% between %s and %s"
            .formatted(forecast, 100 * level, Arrays.toString(lower), Arrays.toString(upper))
        : forecast;
  }
}
