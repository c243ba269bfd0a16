package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Backtest;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Series;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The defaults beat the last year again on the two series that come along, by the rule of
 * benchmarks/results/backtest.md in full: 12 months ahead from 5 origins a year apart, 5 seeds.
 * Training so many networks takes about a minute of processor time a series, on the cpu engine
 * alone.
 */
class BacktestRuleTest {
  private static final int MONTHS = 12;
  private static final int ORIGINS = 5;
  private static final int SEEDS = 5;

  /** The naive errors follow from the files alone; the model's are 0.846 and 0.693. */
  @ParameterizedTest
  @CsvSource({"monthly-milk-production.csv, 0.988", "airline-passengers.csv, 1.334"})
  void theDefaultsBeatTheLastYearAgain(String file, double naive) {
    Optional<TestEngine> cpu =
        TestEngines.fast().filter(engine -> engine.engine().equals("cpu")).findFirst();
    assumeTrue(cpu.isPresent(), "the cpu engine is not to be had, and the reference takes hours");
    Series series = SeriesCsv.read(file, List.of());
    Forecaster forecaster = Forecaster.builder().horizon(MONTHS).build();
    try (Kernels kernels = cpu.get().open()) {
      Backtest backtest =
          Backtest.run(kernels, forecaster, series, MONTHS, ORIGINS, MONTHS, SEEDS, progress -> {})
              .get(0);
      System.out.printf(
          "%s: MASE %.4f, of the last year again %.4f%n",
          file, backtest.model(), backtest.seasonalNaive());
      assertEquals(ORIGINS, backtest.origins().size());
      assertEquals(SEEDS, backtest.seeds());
      assertEquals(naive, backtest.seasonalNaive(), 5e-4);
      assertTrue(
          backtest.origins().stream().allMatch(origin -> origin.failures().isEmpty()),
          "a training failed");
      assertTrue(
          backtest.model() < backtest.seasonalNaive(),
          () -> "the mean MASE is " + backtest.model() + ", not below " + naive);
    }
  }
}
