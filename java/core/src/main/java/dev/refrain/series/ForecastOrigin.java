package dev.refrain.series;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The end of a history: what a network reads to go on from there, and how its predictions become
 * values again.
 *
 * @param transformation of the history
 * @param scaler of the transformed values
 * @param window the last values, transformed and scaled
 * @param lastValue as it came
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ForecastOrigin(
    Transformation transformation, Scaler scaler, float[] window, double lastValue) {
  private static final String TRANSFORMATION = "transformation";
  private static final String SCALER = "scaler";
  private static final String SCALER_PREFIX = "scaler.";
  private static final String WINDOW = "window";
  private static final String LAST_VALUE = "last_value";
  private static final String SEPARATOR = " ";

  /** Turns predictions of the steps that follow into values. */
  double[] values(double[] predictions) {
    double[] transformed = new double[predictions.length];
    Arrays.setAll(transformed, step -> scaler.inverse(predictions[step], 0));
    return transformation.invert(transformed, lastValue);
  }

  /** As remarks of a checkpoint, with all digits. */
  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(TRANSFORMATION, transformation.toString());
    config.put(SCALER, scaler.name());
    scaler
        .parameters()
        .forEach((name, values) -> config.put(SCALER_PREFIX + name, written(values)));
    double[] wide = new double[window.length];
    Arrays.setAll(wide, step -> window[step]);
    config.put(WINDOW, written(wide));
    config.put(LAST_VALUE, Double.toString(lastValue));
    return config;
  }

  /**
   * Reads what {@link #toConfig} wrote.
   *
   * @throws IllegalArgumentException if a remark is missing or is not what it should be; the
   *     message names it
   */
  static ForecastOrigin fromConfig(Map<String, String> config) {
    Map<String, double[]> parameters = new LinkedHashMap<>();
    config.forEach(
        (key, text) -> {
          if (key.startsWith(SCALER_PREFIX)) {
            parameters.put(key.substring(SCALER_PREFIX.length()), numbers(config, key));
          }
        });
    double[] wide = numbers(config, WINDOW);
    float[] window = new float[wide.length];
    for (int step = 0; step < window.length; step++) {
      window[step] = (float) wide[step];
    }
    return new ForecastOrigin(
        Transformation.parse(required(config, TRANSFORMATION)),
        Scaler.restore(required(config, SCALER), parameters),
        window,
        numbers(config, LAST_VALUE)[0]);
  }

  private static String written(double[] values) {
    return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(SEPARATOR));
  }

  private static double[] numbers(Map<String, String> config, String key) {
    String text = required(config, key);
    try {
      return Arrays.stream(text.split(SEPARATOR)).mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + key + "' is '" + text + "', not numbers", e);
    }
  }

  private static String required(Map<String, String> config, String key) {
    String value = config.get(key);
    if (value == null) {
      throw new IllegalArgumentException("it says nothing of '" + key + "', as a forecaster does");
    }
    return value;
  }
}
