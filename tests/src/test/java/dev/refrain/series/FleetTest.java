package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FleetTest {
  static Stream<TestEngine> engines() {
    return TestEngines.each().filter(engine -> !engine.engine().equals("reference"));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void eachSeriesIsLearntAsIfAloneBitForBit(TestEngine engine) {
    Forecaster forecaster =
        engine.engine().equals("emulated")
            ? tiny().transformation(new Transformation(false, true)).build()
            : small().build();
    List<Series> series =
        List.of(
            Shops.monthly(0, 45), Shops.monthly(1, 71), Shops.monthly(2, 45), Shops.monthly(3, 58));
    try (Kernels kernels = engine.open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, series, progress -> {});
      assertEquals(List.of("shop 0", "shop 1", "shop 2", "shop 3"), fleet.names());
      for (Series each : series) {
        try (ForecastModel alone = forecaster.fit(kernels, each, progress -> {});
            ForecastModel together = fleet.model(each.names().get(0))) {
          assertArrayEquals(alone.forecast(7), together.forecast(7), 0);
          assertEquals(alone.transformations(), together.transformations());
          assertArrayEquals(alone.predict(7, 0.9).upper(), together.predict(7, 0.9).upper(), 0);
          assertEquals(alone.timeOf(3), together.timeOf(3));
        }
      }
    }
  }

  /** One launch an operation for all networks: what the engine is asked does not grow with them. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void moreSeriesAreNoMoreCallsOfTheEngine(TestEngine engine) {
    Forecaster forecaster = tiny().transformation(new Transformation(false, true)).build();
    try (Kernels kernels = engine.open()) {
      long alone = operations(kernels, forecaster, 1, false);
      assertTrue(alone > 20, () -> alone + " calls for two steps of training and a validation");
      assertEquals(alone, operations(kernels, forecaster, 9, false));
      long global = operations(kernels, forecaster, 1, true);
      assertEquals(global, operations(kernels, forecaster, 9, true));
    }
  }

  private static long operations(
      Kernels kernels, Forecaster forecaster, int count, boolean global) {
    List<Series> series = IntStream.range(0, count).mapToObj(i -> Shops.monthly(i, 45)).toList();
    Fleet fleet = new Fleet(forecaster);
    long before = kernels.operationCount();
    FleetModel model =
        global
            ? fleet.fitGlobal(kernels, series, progress -> {})
            : fleet.fit(kernels, series, progress -> {});
    kernels.synchronize();
    assertEquals(count, model.names().size());
    return kernels.operationCount() - before;
  }

  @Test
  void aThousandMonthlySeriesTrainTogether() {
    Forecaster forecaster =
        small()
            .units(8)
            .members(1)
            .window(12)
            .validationRows(0)
            .steps(30)
            .learningRate(0.03)
            .build();
    List<Series> series =
        IntStream.range(0, 1_000).mapToObj(i -> Shops.monthly(i, 40 + i % 7)).toList();
    List<Long> steps = new ArrayList<>();
    try (Kernels kernels = TestEngines.fastest().open()) {
      long before = kernels.allocatedBytes();
      FleetModel fleet =
          new Fleet(forecaster)
              .fit(
                  kernels,
                  series,
                  progress -> {
                    assertTrue(progress.step() <= progress.steps());
                    steps.add(progress.step());
                  });
      assertEquals(1_000, fleet.names().size());
      assertEquals(before, kernels.allocatedBytes());
      assertEquals(steps, steps.stream().sorted().toList());
      int better = 0;
      for (int i = 0; i < 1_000; i += 20) {
        double[] all = Shops.monthly(i, 40 + i % 7 + 12).column(0);
        double[] history = series.get(i).column(0);
        double[] actual = Arrays.copyOfRange(all, history.length, all.length);
        double error = ForecastMetrics.mae(actual, fleet.forecast("shop " + i, 12));
        better += error < ForecastMetrics.mae(actual, Baselines.lastValue(history, 12)) ? 1 : 0;
        if (i % 200 == 0) {
          try (ForecastModel alone = forecaster.fit(kernels, series.get(i), progress -> {})) {
            assertArrayEquals(alone.forecast(12), fleet.forecast("shop " + i, 12), 0);
          }
        }
      }
      int count = better;
      assertTrue(count >= 35, () -> "only " + count + " of 50 beat the last value");
    }
  }

  /** Some launches hold only a part of the networks of a series. */
  @Test
  void moreMembersThanALaunchTakesAreSplitBitForBit() {
    Forecaster forecaster =
        small().units(2).members(1_500).window(5).validationRows(0).batch(1).steps(2).build();
    List<Series> series = List.of(Shops.monthly(0, 45), Shops.monthly(1, 45));
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, series, progress -> {});
      for (Series each : series) {
        try (ForecastModel alone = forecaster.fit(kernels, each, progress -> {})) {
          assertArrayEquals(alone.forecast(3), fleet.forecast(each.names().get(0), 3), 0);
        }
      }
    }
  }

  @Test
  void underACapOfMemoryLaunchesAreSmallerAndTheResultsTheSame() {
    Forecaster forecaster = small().members(1).window(12).build();
    List<Series> series = IntStream.range(0, 40).mapToObj(i -> Shops.monthly(i, 60)).toList();
    EngineOptions capped = EngineOptions.DEFAULT.memoryLimitBytes(3_000_000);
    try (Kernels free = TestEngines.fastest().open();
        Kernels little = TestEngines.fastest().open(capped)) {
      Fleet fleet = new Fleet(forecaster);
      List<FitProgress> reports = new ArrayList<>();
      FleetModel whole = fleet.fit(free, series, progress -> {});
      FleetModel parts = fleet.fit(little, series, reports::add);
      assertEquals(whole.names(), parts.names());
      for (String name : whole.names()) {
        assertArrayEquals(whole.forecast(name, 7), parts.forecast(name, 7), 0);
      }
      assertTrue(reports.stream().allMatch(it -> it.step() <= it.steps()), reports.toString());
      EngineOptions hopeless = EngineOptions.DEFAULT.memoryLimitBytes(10_000);
      try (Kernels none = TestEngines.fastest().open(hopeless)) {
        assertThrows(KernelException.class, () -> fleet.fit(none, series, progress -> {}));
      }
    }
  }

  @Test
  void membersThatNoMemoryHoldsAreRefusedBeforeTheyAreMade() {
    Forecaster forecaster = small().units(32).members(100_000).validationRows(0).build();
    EngineOptions capped = EngineOptions.DEFAULT.memoryLimitBytes(1_000_000_000);
    try (Kernels kernels = TestEngines.fastest().open(capped)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> forecaster.fit(kernels, Shops.monthly(0, 60), progress -> {}));
      assertTrue(e.getMessage().contains("100000 networks"), e.getMessage());
      assertTrue(e.getMessage().contains("1.0 GB are available"), e.getMessage());
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  @Test
  void interruptingKeepsTheLaunchesThatHadEnded() {
    Forecaster forecaster = small().members(1).window(12).validationRows(0).build();
    List<Series> series = IntStream.range(0, 1_100).mapToObj(i -> Shops.monthly(i, 40)).toList();
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel fleet =
          new Fleet(forecaster)
              .fit(
                  kernels,
                  series,
                  progress -> {
                    if (progress.step() > 12) {
                      Thread.currentThread().interrupt();
                    }
                  });
      assertTrue(Thread.interrupted());
      assertEquals(1_024, fleet.names().size());
      assertEquals(76, fleet.failures().size());
      assertTrue(fleet.failures().get("shop 1099").contains("interrupted"));
    }
  }

  @Test
  void badSeriesAreNamedAndTheOthersGoOn() {
    List<Series> series =
        List.of(
            Shops.monthly(0, 45), Shops.monthly(1, 6), constant("flat", 40), Shops.monthly(2, 50));
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel fleet = new Fleet(small().build()).fit(kernels, series, progress -> {});
      assertEquals(List.of("shop 0", "flat", "shop 2"), fleet.names());
      assertEquals(List.of("shop 1"), List.copyOf(fleet.failures().keySet()));
      assertTrue(fleet.failures().get("shop 1").contains("6 rows"), fleet.failures().toString());
      assertArrayEquals(new double[] {3, 3}, fleet.forecast("flat", 2), 0);
      NoSuchElementException e =
          assertThrows(NoSuchElementException.class, () -> fleet.model("shop 1"));
      assertTrue(e.getMessage().contains("6 rows"), e.getMessage());
      assertThrows(NoSuchElementException.class, () -> fleet.model("shop 9"));
    }
  }

  @Test
  void aSeriesThatCannotBeScaledIsNamedAndTheOthersGoOn() {
    double[][] values = new double[50][];
    Arrays.setAll(values, row -> new double[] {row % 2 == 0 ? 1e308 : -1e308});
    Series huge = new Series(List.of("huge"), values, Shops.times(Frequency.Unit.MONTH, 50));
    List<Series> series = List.of(Shops.monthly(0, 45), huge, Shops.monthly(2, 50));
    try (Kernels kernels = TestEngines.fastest().open()) {
      Fleet fleet = new Fleet(small().build());
      for (FleetModel model :
          List.of(
              fleet.fit(kernels, series, progress -> {}),
              fleet.fitGlobal(kernels, series, progress -> {}))) {
        assertEquals(List.of("shop 0", "shop 2"), model.names());
        assertEquals(List.of("huge"), List.copyOf(model.failures().keySet()));
      }
    }
  }

  @Test
  void whatCannotBeAFleetIsRefused() {
    Fleet fleet = new Fleet(small().build());
    Series hourly =
        new Series(
            List.of("hourly"), new double[][] {{1}, {2}, {3}}, Shops.times(Frequency.Unit.HOUR, 3));
    try (Kernels kernels = TestEngines.fastest().open()) {
      refused(
          fleet,
          kernels,
          List.of(Shops.monthly(0, 45), hourly),
          "monthly: 'shop 0'",
          "hourly: 'hourly'");
      refused(
          fleet,
          kernels,
          List.of(Shops.monthly(0, 45), Shops.monthly(0, 45)),
          "two series",
          "'shop 0'");
      refused(fleet, kernels, List.of(), "at least one");
    }
  }

  private static void refused(
      Fleet fleet, Kernels kernels, List<Series> series, String... fragments) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> fleet.fit(kernels, series, progress -> {}));
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  @Test
  void oneNetworkLearnsAllSeries() {
    Forecaster forecaster = small().units(8).window(12).steps(120).learningRate(0.03).build();
    List<Series> series = IntStream.range(0, 20).mapToObj(i -> Shops.monthly(i, 30 + i)).toList();
    try (Kernels kernels = TestEngines.fastest().open()) {
      long before = kernels.allocatedBytes();
      FleetModel together = new Fleet(forecaster).fitGlobal(kernels, series, progress -> {});
      assertEquals(before, kernels.allocatedBytes());
      assertArrayEquals(
          together.forecast("shop 3", 12),
          new Fleet(forecaster).fitGlobal(kernels, series, progress -> {}).forecast("shop 3", 12),
          0);
      double error = 0;
      double naive = 0;
      for (int i = 0; i < 20; i++) {
        double[] history = series.get(i).column(0);
        double[] actual = Arrays.copyOfRange(Shops.monthly(i, 42 + i).column(0), 30 + i, 42 + i);
        error += ForecastMetrics.mae(actual, together.forecast("shop " + i, 12));
        naive += ForecastMetrics.mae(actual, Baselines.lastValue(history, 12));
      }
      double ratio = error / naive;
      assertTrue(ratio < 0.6, () -> "the error is " + ratio + " times that of the last value");
    }
  }

  /** For an engine that takes its time. */
  private static Forecaster.Builder tiny() {
    return Forecaster.builder()
        .units(3)
        .members(1)
        .season(Shops.SEASON)
        .window(5)
        .validationRows(9)
        .horizon(7)
        .batch(2)
        .steps(2);
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder().units(5).members(2).season(Shops.SEASON).batch(8).steps(12);
  }

  private static Series constant(String name, int rows) {
    double[][] values = new double[rows][];
    Arrays.setAll(values, row -> new double[] {3});
    return new Series(List.of(name), values, Shops.times(Frequency.Unit.MONTH, rows));
  }
}
