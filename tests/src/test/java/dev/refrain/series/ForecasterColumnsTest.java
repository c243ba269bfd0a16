package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several columns in and out, many steps at once, and intervals. */
class ForecasterColumnsTest {
  private static final int ROWS = 160;

  static Stream<TestEngine> engines() {
    return TestEngines.fast().filter(engine -> !engine.engine().equals("reference")).limit(1);
  }

  /** Sales follow a campaign that only its plan tells of. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void whatIsKnownAheadIsHeeded(TestEngine engine) {
    double[][] rows = campaigns(ROWS + 8);
    Series history = new Series(List.of("sales", "campaign"), Arrays.copyOf(rows, ROWS));
    double[] actual = new double[8];
    double[][] plan = new double[8][1];
    for (int step = 0; step < 8; step++) {
      actual[step] = rows[ROWS + step][0];
      plan[step][0] = rows[ROWS + step][1];
    }
    try (Kernels kernels = engine.open()) {
      for (boolean direct : new boolean[] {false, true}) {
        Forecaster forecaster = small().known("campaign").horizon(8).direct(direct).build();
        try (ForecastModel model = forecaster.fit(kernels, history, progress -> {})) {
          assertEquals(List.of("campaign"), model.known());
          double[] forecast = model.predict(8, Double.NaN, plan).get(0).values();
          double error = ForecastMetrics.mae(actual, forecast);
          assertTrue(error < 2.5, () -> "error " + error + " of campaigns that sell 10");
          assertThrows(IllegalArgumentException.class, () -> model.forecast(8));
        }
      }
    }
  }

  private static double[][] campaigns(int rows) {
    SplittableRandom random = new SplittableRandom(3);
    double[][] values = new double[rows][];
    for (int t = 0; t < rows; t++) {
      int campaign = random.nextInt(2);
      values[t] = new double[] {20 + 10 * campaign, campaign};
    }
    return values;
  }

  /** What happens to one column shows in another a step before. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void otherColumnsAreReadForWhatTheyTell(TestEngine engine) {
    SplittableRandom random = new SplittableRandom(4);
    double[][] rows = new double[ROWS + 1][2];
    for (int t = 0; t <= ROWS; t++) {
      rows[t][1] = random.nextDouble(-1, 1);
      rows[t][0] = t == 0 ? 0 : 5 * rows[t - 1][1];
    }
    Series history = new Series(List.of("follower", "leader"), Arrays.copyOf(rows, ROWS));
    try (Kernels kernels = engine.open();
        ForecastModel model = small().build().fit(kernels, history, progress -> {})) {
      assertEquals(List.of("follower"), model.targets());
      assertEquals(rows[ROWS][0], model.forecast(1)[0], 1);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void severalTargetsAreForecastAndKept(TestEngine engine, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("two.safetensors");
    double[][] rows = new double[ROWS][];
    Arrays.setAll(rows, t -> new double[] {10 + 3 * Math.sin(t * 0.7), 50 - 4 * Math.cos(t * 0.7)});
    Series history = new Series(List.of("a", "b"), Arrays.copyOf(rows, ROWS - 6));
    try (Kernels kernels = engine.open();
        ForecastModel model =
            small().targets("b", "a").build().fit(kernels, history, progress -> {})) {
      List<Forecast> forecasts = model.predict(6, 0.8, new double[6][0]);
      assertEquals(2, forecasts.size());
      for (int step = 0; step < 6; step++) {
        assertEquals(rows[ROWS - 6 + step][1], forecasts.get(0).values()[step], 2);
        assertEquals(rows[ROWS - 6 + step][0], forecasts.get(1).values()[step], 1.5);
      }
      model.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertEquals(List.of("b", "a"), loaded.targets());
        assertArrayEquals(
            forecasts.get(1).lower(), loaded.predict(6, 0.8, new double[6][0]).get(1).lower(), 0);
      }
    }
  }

  /** A window of two steps does not show what weekday it is; the date does. */
  @Test
  void datesTellTheTimeOfTheWeek(@TempDir Path folder) throws Exception {
    double[] week = {3, 9, 1, 7, 2, 8, 5};
    Frequency daily = new Frequency(1, Frequency.Unit.DAY);
    LocalDateTime monday = LocalDateTime.of(2024, 1, 1, 0, 0);
    double[][] rows = new double[ROWS][];
    Arrays.setAll(rows, t -> new double[] {week[t % 7]});
    TimeIndex times =
        new TimeIndex(
            IntStream.range(0, ROWS).mapToObj(t -> daily.plus(monday, t)).toList(),
            daily,
            DateTimeFormatter.ISO_LOCAL_DATE);
    Series history = new Series(List.of("visits"), rows, times);
    Path file = folder.resolve("calendar.safetensors");
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model =
            small()
                .window(1)
                .transformation(Transformation.NONE)
                .calendar(true)
                .build()
                .fit(kernels, history, progress -> {})) {
      double[] forecast = model.forecast(14);
      for (int step = 0; step < 14; step++) {
        assertEquals(week[(ROWS + step) % 7], forecast[step], 1.5);
      }
      assertEquals(daily.plus(monday, ROWS + 2), model.timeOf(2).orElseThrow());
      model.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(forecast, loaded.forecast(14), 0);
        assertEquals(model.timeOf(2), loaded.timeOf(2));
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void manyStepsAreForecastAtOnceAndInBlocks(TestEngine engine, @TempDir Path folder)
      throws Exception {
    double[] wave = new double[ROWS + 20];
    Arrays.setAll(wave, t -> 40 + 0.1 * t + 6 * Math.sin(t * 0.6));
    Path file = folder.resolve("direct.safetensors");
    try (Kernels kernels = engine.open();
        ForecastModel model =
            small().direct(true).horizon(10).build().fit(kernels, Arrays.copyOf(wave, ROWS))) {
      double[] forecast = model.forecast(20);
      assertArrayEquals(Arrays.copyOf(forecast, 10), model.forecast(10), 0);
      double[] actual = Arrays.copyOfRange(wave, ROWS, ROWS + 20);
      double error = ForecastMetrics.mae(actual, forecast);
      assertTrue(error < 2.5, () -> "error " + error + " of a wave of 6");
      model.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(forecast, loaded.forecast(20), 0);
      }
    }
  }

  /** 60 noisy series: intervals of 90 % must hold about that share of what the model never saw. */
  @Test
  void intervalsHoldAboutTheShareThatIsAskedFor() {
    int horizon = 6;
    Forecaster forecaster =
        Forecaster.builder().units(8).members(3).season(6).window(12).batch(8).steps(80).build();
    List<Series> histories = IntStream.range(0, 60).mapToObj(i -> noisy(i, 90 - horizon)).toList();
    double covered = 0;
    double coveredByHalf = 0;
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, histories, progress -> {});
      for (int i = 0; i < 60; i++) {
        double[] actual = Arrays.copyOfRange(noisy(i, 90).column(0), 90 - horizon, 90);
        try (ForecastModel model = fleet.model("series " + i)) {
          Forecast wide = model.predict(horizon, 0.9);
          Forecast narrow = model.predict(horizon, 0.5);
          assertTrue(wide.hasIntervals());
          covered += ForecastMetrics.coverage(actual, wide.lower(), wide.upper()) / 60;
          coveredByHalf += ForecastMetrics.coverage(actual, narrow.lower(), narrow.upper()) / 60;
        }
      }
    }
    // 360 steps, of which those of a series hang together: about 60 independent ones, so that the
    // standard error of a share of 0.9 is √(0.9·0.1/60) = 0.04, and of 0.5 it is 0.065.
    System.out.printf("coverage of 90 %%: %.3f, of 50 %%: %.3f%n", covered, coveredByHalf);
    assertEquals(0.9, covered, 0.12);
    assertEquals(0.5, coveredByHalf, 0.2);
  }

  @Test
  void withoutValidationThereAreNoIntervals() {
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model =
            small().validationRows(0).steps(3).build().fit(kernels, noisy(1, 80).column(0))) {
      assertFalse(model.predict(3, 0.9).hasIntervals());
      assertThrows(IllegalArgumentException.class, () -> model.predict(3, 1));
      assertThrows(IllegalArgumentException.class, () -> model.predict(0, 0.5));
    }
  }

  @Test
  void columnsThatDoNotFitAreRefused() {
    Series history = new Series(List.of("a", "b"), campaigns(60));
    try (Kernels kernels = TestEngines.fastest().open()) {
      refused(kernels, history, small().targets("c"), "'c'", "[a, b]");
      refused(kernels, history, small().targets("a").known("a"), "twice");
      refused(kernels, history, small().known("a", "b"), "none to forecast");
      refused(kernels, history, small().calendar(true), "dates");
    }
  }

  private static void refused(
      Kernels kernels, Series history, Forecaster.Builder builder, String... fragments) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> builder.build().fit(kernels, history, progress -> {}));
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  private static Series noisy(int seed, int rows) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] values = new double[rows][1];
    double level = 50;
    for (int t = 0; t < rows; t++) {
      level += random.nextDouble(-1, 1);
      values[t][0] = level + 4 * Math.sin(2 * Math.PI * t / 6) + random.nextDouble(-1.5, 1.5);
    }
    return new Series(List.of("series " + seed), values);
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(10)
        .members(1)
        .season(1)
        .window(8)
        .batch(8)
        .learningRate(0.03)
        .steps(120);
  }
}
