package dev.refrain.series;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well the last rows of a history were forecast by networks that had not seen them, beside two
 * forecasts that need no model. Errors are mean absolute errors in units of the mean change from
 * season to season in the rows before (as MASE is), averaged over targets.
 *
 * @param rows at the end of the history
 * @param horizon steps of each forecast
 * @param origins that were forecast from
 * @param errors of each transformation's networks, the best first; all that were tried
 * @param model error of the weighted forecast of those that were kept
 * @param seasonalNaive error of the last season again
 * @param lastValue error of the last value again
 */
public record ValidationResult(
    int rows,
    int horizon,
    int origins,
    Map<Transformation, Double> errors,
    double model,
    double seasonalNaive,
    double lastValue) {
  private static final String PREFIX = "validation.";
  private static final String SIZES = PREFIX + "sizes";
  private static final String MEANS = PREFIX + "means";
  private static final String ERROR = PREFIX + "error.";

  /** Makes one; later changes to the map do not reach it. */
  public ValidationResult {
    errors = Collections.unmodifiableMap(new LinkedHashMap<>(errors));
  }

  /** Whether one of the forecasts that need no model did better. */
  public boolean isBeaten() {
    return Math.min(seasonalNaive, lastValue) < model;
  }

  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(SIZES, ForecastOrigin.written(new double[] {rows, horizon, origins}));
    config.put(MEANS, ForecastOrigin.written(new double[] {model, seasonalNaive, lastValue}));
    errors.forEach((each, error) -> config.put(ERROR + each, Double.toString(error)));
    return config;
  }

  /** Null where the file says nothing of it: those of earlier versions, or without a validation. */
  static ValidationResult fromConfig(Map<String, String> config) {
    if (!config.containsKey(SIZES)) {
      return null;
    }
    double[] sizes = ForecastOrigin.numbers(config, SIZES);
    double[] means = ForecastOrigin.numbers(config, MEANS);
    if (sizes.length != 3 || means.length != 3) {
      throw new IllegalArgumentException("its validation has no three sizes and three errors");
    }
    Map<Transformation, Double> errors = new LinkedHashMap<>();
    config.keySet().stream()
        .filter(key -> key.startsWith(ERROR))
        .map(key -> Transformation.parse(key.substring(ERROR.length())))
        .sorted(
            (a, b) ->
                Double.compare(
                    ForecastOrigin.numbers(config, ERROR + a)[0],
                    ForecastOrigin.numbers(config, ERROR + b)[0]))
        .forEach(each -> errors.put(each, ForecastOrigin.numbers(config, ERROR + each)[0]));
    return new ValidationResult(
        (int) sizes[0], (int) sizes[1], (int) sizes[2], errors, means[0], means[1], means[2]);
  }
}
