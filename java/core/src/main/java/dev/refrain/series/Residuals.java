package dev.refrain.series;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far forecasts of the validation tail lay from what came true, and so how far a forecast may
 * lie from what comes.
 *
 * <p>A step's unit is the root mean square of its residuals over all origins, made never to fall
 * with the distance, plus the spread of the networks' forecasts at that step. Residuals in these
 * units are the scores; an interval of a level reaches as many units to both sides as that share of
 * scores reaches (split conformal prediction: Lei and others, "Distribution-free predictive
 * inference for regression", Journal of the American Statistical Association 113 (2018), pages
 * 1094–1111). Beyond the validated horizon the unit grows with the root of the distance.
 *
 * @param relative whether residuals are those of logarithms
 * @param deviations root mean square of the residuals {@code [horizon]}
 * @param scores absolute residuals in units, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Residuals(boolean relative, double[] deviations, double[] scores) {
  private static final String RELATIVE = "relative";
  private static final String DEVIATIONS = "deviations";
  private static final String SCORES = "scores";

  /**
   * Measures.
   *
   * @param relative whether to compare logarithms
   * @param actual what came true {@code [origins][horizon]}
   * @param forecasts of it
   * @param spreads of the networks' forecasts, on the scale of the residuals
   */
  static Residuals of(
      boolean relative, double[][] actual, double[][] forecasts, double[][] spreads) {
    int origins = actual.length;
    int horizon = actual[0].length;
    double[][] residuals = new double[origins][horizon];
    double[] deviations = new double[horizon];
    for (int step = 0; step < horizon; step++) {
      for (int origin = 0; origin < origins; origin++) {
        double residual =
            level(actual[origin][step], relative) - level(forecasts[origin][step], relative);
        residuals[origin][step] = residual;
        deviations[step] += residual * residual / origins;
      }
      deviations[step] = Math.sqrt(deviations[step]);
      if (step > 0) {
        deviations[step] = Math.max(deviations[step], deviations[step - 1]);
      }
    }
    double[] scores = new double[origins * horizon];
    for (int origin = 0; origin < origins; origin++) {
      for (int step = 0; step < horizon; step++) {
        double unit = deviations[step] + spreads[origin][step];
        scores[origin * horizon + step] = unit == 0 ? 0 : Math.abs(residuals[origin][step]) / unit;
      }
    }
    Arrays.sort(scores);
    return new Residuals(relative, deviations, scores);
  }

  static double level(double value, boolean relative) {
    return relative ? Math.log(value) : value;
  }

  /** Half the width of an interval of a level at a step, on the scale of the residuals. */
  double halfWidth(double level, int step, double spread) {
    int rank = (int) Math.ceil((scores.length + 1) * level);
    double score = scores[Math.min(rank, scores.length) - 1];
    int last = deviations.length - 1;
    double deviation =
        step <= last
            ? deviations[step]
            : deviations[last] * Math.sqrt((step + 1.0) / deviations.length);
    return score * (deviation + spread);
  }

  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(RELATIVE, Boolean.toString(relative));
    config.put(DEVIATIONS, ForecastOrigin.written(deviations));
    config.put(SCORES, ForecastOrigin.written(scores));
    return config;
  }

  static Residuals fromConfig(Map<String, String> config) {
    return new Residuals(
        Boolean.parseBoolean(ForecastOrigin.required(config, RELATIVE)),
        ForecastOrigin.numbers(config, DEVIATIONS),
        ForecastOrigin.numbers(config, SCORES));
  }
}
