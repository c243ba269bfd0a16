package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ForecastMetricsTest {
  private static final double[] ACTUAL = {10, 20, 30};
  private static final double[] FORECAST = {12, 16, 30};

  /** In-sample errors of season 2: |3−1|, |5−2|, |4−3|, mean 2. */
  private static final double[] HISTORY = {1, 2, 3, 5, 4};

  @Test
  void metricsFollowTheirDefinitions() {
    ForecastMetrics metrics = ForecastMetrics.of(ACTUAL, FORECAST, HISTORY, 2);
    assertEquals(2, metrics.mae(), 1e-15);
    assertEquals(Math.sqrt(20.0 / 3), metrics.rmse(), 1e-15);
    assertEquals(200.0 / 3 * (2.0 / 22 + 4.0 / 36), metrics.smape(), 1e-13);
    assertEquals(1, metrics.mase(), 1e-15);
    assertEquals(1, ForecastMetrics.mase(ACTUAL, FORECAST, HISTORY, 2), 1e-15);
  }

  @Test
  void smapeOfTwoZerosIsZeroAndOfOneIsTwoHundred() {
    assertEquals(0, ForecastMetrics.smape(new double[] {0}, new double[] {0}));
    assertEquals(200, ForecastMetrics.smape(new double[] {0}, new double[] {-3}));
    assertEquals(200, ForecastMetrics.smape(new double[] {5}, new double[] {-5}));
  }

  @Test
  void smapeOfNegativeValuesIsThatOfPositiveOnes() {
    double[] negative = Arrays.stream(ACTUAL).map(value -> -value).toArray();
    double[] forecast = Arrays.stream(FORECAST).map(value -> -value).toArray();
    assertEquals(
        ForecastMetrics.smape(ACTUAL, FORECAST), ForecastMetrics.smape(negative, forecast));
  }

  @Test
  void maseIsUndefinedWithoutASeasonalError() {
    double[] constant = {7, 7, 7, 7};
    assertTrue(Double.isNaN(ForecastMetrics.mase(ACTUAL, FORECAST, constant, 1)));
    assertTrue(Double.isNaN(ForecastMetrics.mase(ACTUAL, ACTUAL, constant, 1)));
    assertTrue(Double.isNaN(ForecastMetrics.mase(ACTUAL, FORECAST, HISTORY, 5)));
  }

  @Test
  void nanIsNotTakenForAPerfectStep() {
    double[] broken = {Double.NaN, 20, 30};
    ForecastMetrics metrics = ForecastMetrics.of(ACTUAL, broken, HISTORY, 2);
    assertArrayEquals(
        new double[] {Double.NaN, Double.NaN, Double.NaN, Double.NaN},
        new double[] {metrics.mae(), metrics.rmse(), metrics.smape(), metrics.mase()});
  }

  @Test
  void theMapHasNullForWhatIsNotFinite() {
    Map<String, Double> map = new ForecastMetrics(1, 2, 3, Double.NaN).asMap();
    assertEquals(List.of("mae", "rmse", "smape", "mase"), List.copyOf(map.keySet()));
    assertEquals(Arrays.asList(1.0, 2.0, 3.0, null), Arrays.asList(map.values().toArray()));
  }

  @Test
  void coverageCountsTheBordersAsInside() {
    assertEquals(
        0.75,
        ForecastMetrics.coverage(
            new double[] {1, 2, 3, 4}, new double[] {1, 1, 1, 1}, new double[] {1, 3, 3, 3}));
  }

  @Test
  void unfitArgumentsAreRefused() {
    assertRefused(
        "there are 3 true values but 2 to compare",
        () -> ForecastMetrics.mae(ACTUAL, new double[2]));
    assertRefused(
        "there are no true values to compare with",
        () -> ForecastMetrics.rmse(new double[0], new double[0]));
    assertRefused(
        "there are 3 true values but 1 to compare",
        () -> ForecastMetrics.coverage(ACTUAL, ACTUAL, new double[1]));
    assertRefused(
        "season is 0, but must be at least 1",
        () -> ForecastMetrics.of(ACTUAL, FORECAST, HISTORY, 0));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
