package dev.refrain.series;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Between which values forecasts of the targets lie.
 *
 * @param minimum −∞ for none
 * @param maximum +∞ for none
 */
record Bounds(double minimum, double maximum) {
  static final Bounds NONE = new Bounds(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  private static final String MINIMUM = "minimum";
  private static final String MAXIMUM = "maximum";

  /** The nearest values within the bounds; the same array where there are none. */
  double[] clamped(double[] values) {
    if (equals(NONE)) {
      return values;
    }
    double[] within = new double[values.length];
    for (int step = 0; step < within.length; step++) {
      within[step] = Math.max(minimum, Math.min(maximum, values[step]));
    }
    return within;
  }

  /**
   * Makes sure that a history keeps to them.
   *
   * @throws IllegalArgumentException if a value does not
   */
  void require(Task task, int targets) {
    for (int row = 0; row < task.rows().length && !equals(NONE); row++) {
      for (int target = 0; target < targets; target++) {
        double value = task.rows()[row][target];
        if (value < minimum || value > maximum) {
          throw new IllegalArgumentException(
              "row %d is %s, %s; forecasts would be kept from values that there are: give another bound"
                  .formatted(
                      row,
                      value,
                      value < minimum
                          ? "below the minimum " + minimum
                          : "above the maximum " + maximum));
        }
      }
    }
  }

  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    if (minimum != NONE.minimum) {
      config.put(MINIMUM, Double.toString(minimum));
    }
    if (maximum != NONE.maximum) {
      config.put(MAXIMUM, Double.toString(maximum));
    }
    return config;
  }

  /** None where the file says nothing of them. */
  static Bounds fromConfig(Map<String, String> config) {
    return new Bounds(number(config, MINIMUM, NONE.minimum), number(config, MAXIMUM, NONE.maximum));
  }

  private static double number(Map<String, String> config, String key, double otherwise) {
    return config.containsKey(key) ? ForecastOrigin.numbers(config, key)[0] : otherwise;
  }

  /** For messages. */
  @Override
  public String toString() {
    return equals(NONE) ? "none" : minimum + " to " + maximum;
  }
}
