package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Backtests of several columns, of which some are known ahead. */
class BacktestColumnsTest {
  private static final int ROWS = 70;
  private static final Series SERIES = shop();

  /** Nothing after an origin may have a say but the price and the dates. */
  @Test
  void eachForecastIsThatOfLearningTheRowsBeforeWithWhatIsKnownAhead() {
    Forecaster.Builder builder =
        small().targets("sales", "returns").known("price").calendar(true).horizon(4);
    try (Kernels kernels = TestEngines.fastest().open()) {
      List<Backtest> backtests =
          Backtest.run(kernels, builder.build(), SERIES, 4, 2, 5, 2, progress -> {});
      assertEquals(2, backtests.size());
      for (int origin = 0; origin < 2; origin++) {
        int row = backtests.get(0).origins().get(origin).row();
        assertEquals(61 + 5 * origin, row);
        double[][] prices = new double[4][];
        Arrays.setAll(prices, step -> new double[] {SERIES.rows(row, row + 4)[step][2]});
        for (int seed = 0; seed < 2; seed++) {
          try (ForecastModel model =
              builder.seed(1 + seed).build().fit(kernels, SERIES.head(row), progress -> {})) {
            List<Forecast> alone = model.predict(4, Double.NaN, prices);
            for (int target = 0; target < 2; target++) {
              Backtest.Origin own = backtests.get(target).origins().get(origin);
              assertArrayEquals(alone.get(target).values(), own.forecasts()[seed], 0);
              double[] history = SERIES.head(row).column(target);
              double[] actual = Arrays.copyOfRange(SERIES.column(target), row, row + 4);
              assertArrayEquals(actual, own.actual(), 0);
              assertEquals(
                  ForecastMetrics.mase(actual, own.forecasts()[seed], history, 12),
                  own.mase()[seed],
                  1e-12);
            }
          }
        }
        builder.seed(1);
      }
    }
  }

  /** Of one column and no dates it is the backtest of its values. */
  @Test
  void ofOneColumnItIsThatOfItsValues() {
    Series one = new Series(List.of("sales"), NewHistory.rows(SERIES.column(0)));
    Forecaster forecaster = small().season(12).build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      Backtest values =
          Backtest.run(kernels, forecaster, SERIES.column(0), 4, 2, 5, 1, progress -> {});
      Backtest columns = Backtest.run(kernels, forecaster, one, 4, 2, 5, 1, progress -> {}).get(0);
      assertEquals(values.model(), columns.model(), 0);
      assertEquals(values.season(), columns.season());
    }
  }

  @Test
  void columnsThatCannotBeReadAreRefusedBeforeAnythingIsTrained() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      refused(kernels, small().known("price"), null, "known is [price]", "give a Series");
      refused(kernels, small().targets("sales"), null, "targets is [sales]", "give a Series");
      refused(kernels, small().calendar(true), null, "calendar is true", "give a Series");
      refused(kernels, small().targets("rain"), SERIES, "'rain'", "sales");
      // Four steps at once, and no weather for the fifth.
      refused(
          kernels,
          small().known("price").direct(true).horizon(3),
          SERIES,
          "horizon is 4",
          "3 steps at once",
          "weather");
      for (Forecaster.Builder each :
          List.of(small().known("price"), small().targets("x"), small().calendar(true))) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class, () -> each.build().fit(kernels, SERIES.column(0)));
        assertTrue(e.getMessage().contains("give a Series"), e.getMessage());
      }
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  /** Series is null for the values of one column. */
  private static void refused(
      Kernels kernels, Forecaster.Builder builder, Series series, String... fragments) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> {
              if (series == null) {
                Backtest.run(
                    kernels, builder.build(), SERIES.column(0), 4, 1, 1, 1, progress -> {});
              } else {
                Backtest.run(kernels, builder.build(), series, 4, 1, 1, 1, progress -> {});
              }
            });
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  /** Sales and returns that follow a price and the weather. */
  private static Series shop() {
    SplittableRandom random = new SplittableRandom(8);
    double[][] values = new double[ROWS][];
    for (int t = 0; t < ROWS; t++) {
      double price = 1 + 0.5 * random.nextInt(3);
      double weather = random.nextDouble(-1, 1);
      double sales = 30 - 5 * price + 2 * weather + 4 * Math.sin(2 * Math.PI * t / 12);
      values[t] = new double[] {sales, 3 + random.nextDouble(), price, weather};
    }
    Frequency monthly = new Frequency(1, Frequency.Unit.MONTH);
    LocalDateTime first = LocalDateTime.of(2015, 1, 1, 0, 0);
    TimeIndex times =
        new TimeIndex(
            IntStream.range(0, ROWS).mapToObj(row -> monthly.plus(first, row)).toList(),
            monthly,
            DateTimeFormatter.ISO_LOCAL_DATE);
    return new Series(List.of("sales", "returns", "price", "weather"), values, times);
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder().units(5).members(1).batch(8).steps(10).learningRate(0.03);
  }
}
