package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BacktestTest {
  private static final int SEASON = 6;
  private static final double[] VALUES = new double[84];

  static {
    Arrays.setAll(VALUES, t -> 50 + 0.8 * t + 5 * Math.sin(2 * Math.PI * t / SEASON) + t % 5);
  }

  static Stream<TestEngine> engines() {
    return TestEngines.fast().filter(engine -> !engine.engine().equals("reference")).limit(1);
  }

  /** Nothing after an origin may have a say, and all that share a launch must not mix. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void eachForecastIsThatOfLearningTheRowsBeforeAlone(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      Backtest backtest = run(kernels, VALUES, 2);
      assertEquals(2, backtest.seeds());
      for (Backtest.Origin origin : backtest.origins()) {
        double[] history = Arrays.copyOf(VALUES, origin.row());
        assertArrayEquals(
            Arrays.copyOfRange(VALUES, origin.row(), origin.row() + 5), origin.actual(), 0);
        for (int seed = 0; seed < 2; seed++) {
          try (ForecastModel model = small().seed(1 + 2 * seed).build().fit(kernels, history)) {
            assertArrayEquals(model.forecast(5), origin.forecasts()[seed], 0);
          }
        }
        assertEquals(
            ForecastMetrics.mase(origin.actual(), origin.forecasts()[1], history, SEASON),
            origin.mase()[1],
            1e-12);
      }
      assertEquals(
          backtest.origins().stream().mapToDouble(Backtest.Origin::model).average().orElseThrow(),
          backtest.model(),
          1e-12);
    }
  }

  @Test
  void originsAreStridesApartAndTheLastEndsWithTheSeries() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      int[] rows =
          run(kernels, VALUES, 1).origins().stream().mapToInt(Backtest.Origin::row).toArray();
      assertArrayEquals(new int[] {73, 76, 79}, rows);
    }
  }

  /** Without a change before an origin its scaled error is not defined. */
  @Test
  void theMeanIsThatOfTheOriginsWhoseErrorIsDefined() {
    double[] values = VALUES.clone();
    Arrays.fill(values, 0, 73, 7);
    try (Kernels kernels = TestEngines.fastest().open()) {
      Backtest backtest = run(kernels, values, 1);
      assertTrue(Double.isNaN(backtest.origins().get(0).model()));
      assertEquals(
          (backtest.origins().get(1).model() + backtest.origins().get(2).model()) / 2,
          backtest.model(),
          1e-12);
    }
  }

  @Test
  void aSeedThatFailsIsNamedAndAllThatFailAreAnError() {
    double[] values = VALUES.clone();
    try (Kernels kernels = TestEngines.fastest().open()) {
      Forecaster wild =
          small().learningRate(1e30).clipNorm(0).scaling("none").validationRows(0).build();
      IllegalStateException e =
          assertThrows(
              IllegalStateException.class,
              () -> Backtest.run(kernels, wild, values, 5, 2, 3, 2, progress -> {}));
      assertTrue(e.getMessage().contains("from row 76 with seed 1"), e.getMessage());
    }
  }

  @Test
  void aHistoryThatIsTooShortIsRefused() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      double[] few = Arrays.copyOf(VALUES, 20);
      TooFewRowsException e = assertThrows(TooFewRowsException.class, () -> run(kernels, few, 1));
      assertTrue(e.needed() > e.rows(), e.getMessage());
    }
  }

  @Test
  void originsBeyondAllNumbersAreRefused() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      TooFewRowsException e =
          assertThrows(
              TooFewRowsException.class,
              () ->
                  Backtest.run(
                      kernels, small().build(), VALUES, 5, 65_537, 65_536, 1, progress -> {}));
      assertEquals(Integer.MAX_VALUE, e.needed());
    }
  }

  @Test
  void interruptingEndsItAndGivesTheMemoryBack() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      run(kernels, VALUES, 1);
      long before = kernels.allocatedBytes();
      assertThrows(
          CancellationException.class,
          () ->
              Backtest.run(
                  kernels,
                  small().build(),
                  VALUES,
                  5,
                  3,
                  3,
                  1,
                  progress -> Thread.currentThread().interrupt()));
      assertTrue(Thread.interrupted(), "the status was lost");
      long after = kernels.allocatedBytes();
      // An engine may keep scratch memory between calls, and give it back when they are
      // interrupted.
      assertTrue(after <= before, after + " bytes after, " + before + " before");
    }
  }

  private static Backtest run(Kernels kernels, double[] values, int seeds) {
    return Backtest.run(kernels, small().build(), values, 5, 3, 3, seeds, progress -> {});
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(4)
        .members(2)
        .season(SEASON)
        .window(8)
        .batch(4)
        .learningRate(0.02)
        .steps(12);
  }
}
