package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Sgd;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.NonFiniteLossException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForecasterTest {
  /** Not every failure is an exception. */
  @Test
  void anErrorOfAListenerLeavesNoMemoryBehind() {
    try (Kernels kernels = TestEngines.fastest().open()) {
      double[] values = new double[60];
      Arrays.setAll(values, t -> t % 7 + 0.1 * t);
      Forecaster forecaster = Forecaster.builder().steps(5).units(4).validationRows(0).build();
      assertThrows(
          OutOfMemoryError.class,
          () ->
              forecaster.fit(
                  kernels,
                  values,
                  progress -> {
                    throw new OutOfMemoryError("of the listener");
                  }));
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  private static final int PERIOD = 6;

  /** A trend with a season: what comes next is known. */
  private static final double[] HISTORY = values(0, 60);

  static Stream<TestEngine> engines() {
    return TestEngines.fast();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void learnsTrendAndSeason(TestEngine engine) {
    try (Kernels kernels = engine.open();
        ForecastModel model = small().steps(150).build().fit(kernels, HISTORY)) {
      assertEquals("difference", model.transformation().toString());
      double[] expected = values(60, PERIOD);
      double[] forecast = model.forecast(PERIOD);
      double naive =
          ForecastMetrics.mae(expected, Baselines.seasonalNaive(HISTORY, PERIOD, PERIOD));
      double error = ForecastMetrics.mae(expected, forecast);
      assertTrue(error < naive / 2, () -> error + " is not far below " + naive);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void forecastsTheSameOnceLoaded(TestEngine engine, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("model.safetensors");
    Forecaster forecaster = small().cell(new LstmCell(Activation.TANH)).scaling("minmax").build();
    try (Kernels kernels = engine.open()) {
      double[] forecast;
      try (ForecastModel model = forecaster.fit(kernels, HISTORY)) {
        forecast = model.forecast(9);
        model.save(file);
      }
      ForecastModel.load(file).close();
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(forecast, loaded.forecast(9), 0);
        assertEquals(forecaster.steps(), loaded.steps());
        assertThrows(IllegalStateException.class, () -> loaded.saveTraining(file));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void forecastIsTheMedianOfItsMembers(TestEngine engine) {
    int horizon = 4;
    try (Kernels kernels = engine.open()) {
      List<double[]> alone = new ArrayList<>();
      for (long seed = 5; seed < 8; seed++) {
        alone.add(forecast(kernels, small().seed(seed), horizon));
      }
      double[] together = forecast(kernels, small().seed(5).members(3), horizon);
      for (int step = 0; step < horizon; step++) {
        int at = step;
        double[] sorted = alone.stream().mapToDouble(path -> path[at]).sorted().toArray();
        assertEquals(sorted[1], together[step], 1e-4 * Math.abs(sorted[1]));
        assertTrue(sorted[2] - sorted[0] > 0, "seeds make no difference");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theSameSeedGivesTheSameBits(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      assertArrayEquals(forecast(kernels, small(), 5), forecast(kernels, small(), 5), 0);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aConstantSeriesIsForecastAsItIs(TestEngine engine, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("constant.safetensors");
    double[] constant = new double[30];
    Arrays.fill(constant, 7.25);
    double[] expected = {7.25, 7.25, 7.25};
    try (Kernels kernels = engine.open()) {
      try (ForecastModel model = small().build().fit(kernels, constant)) {
        assertArrayEquals(expected, model.forecast(3), 0);
        assertEquals(0, model.steps());
        model.save(file);
      }
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(expected, loaded.forecast(3), 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void interruptingEndsTrainingEarlyAndKeepsIt(TestEngine engine, @TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("checkpoint.safetensors");
    try (Kernels kernels = engine.open();
        ForecastModel model =
            small()
                .steps(1_000_000)
                .build()
                .fit(kernels, HISTORY, progress -> Thread.currentThread().interrupt())) {
      assertTrue(Thread.interrupted(), "the status was lost");
      assertEquals(1, model.steps());
      model.saveTraining(file);
      assertTrue(Checkpoint.load(file).hasTraining());
      assertEquals(2, model.forecast(2).length);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void trainingThatIsResumedEndsWhereItWouldHaveEnded(TestEngine engine, @TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("stopped.safetensors");
    Forecaster forecaster = small().validationRows(12).members(2).build();
    long[] heard = new long[1];
    try (Kernels kernels = engine.open();
        ForecastModel whole = forecaster.fit(kernels, HISTORY)) {
      try (ForecastModel stopped =
          forecaster.fit(
              kernels,
              HISTORY,
              progress -> {
                if (progress.stage() == FitProgress.Stage.TRAINING) {
                  Thread.currentThread().interrupt();
                }
              })) {
        assertTrue(Thread.interrupted(), "the status was lost");
        assertTrue(stopped.steps() < forecaster.steps());
        stopped.saveTraining(file);
      }
      try (ForecastModel resumed =
          forecaster.resume(kernels, file, HISTORY, progress -> heard[0] = progress.step())) {
        assertEquals(forecaster.steps(), resumed.steps());
        assertEquals(forecaster.steps(), heard[0]);
        assertArrayEquals(whole.forecast(6), resumed.forecast(6), 0);
        assertArrayEquals(whole.predict(6, 0.8).lower(), resumed.predict(6, 0.8).lower(), 0);
      }
      double[] longer = values(0, 66);
      try (ForecastModel further =
          small()
              .validationRows(12)
              .members(2)
              .steps(50)
              .build()
              .resume(kernels, file, longer, progress -> {})) {
        assertEquals(50, further.steps());
        assertEquals(values(66, 1)[0], further.forecast(1)[0], 10);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void whatIsGeneratedWithItsStateFollowsTheWindowsAtFirst(TestEngine engine) {
    try (Kernels kernels = engine.open();
        ForecastModel model =
            small().transformation(Transformation.NONE).build().fit(kernels, HISTORY)) {
      double[] byWindows = model.generate(5, HISTORY, Generation.WINDOWS);
      assertArrayEquals(model.forecast(5), byWindows, 0);
      double[] stateful = model.generate(5, HISTORY, Generation.STATEFUL);
      // The first comes from the same window; later ones remember more than a window.
      assertEquals(byWindows[0], stateful[0], 1e-4);
      assertTrue(byWindows[4] != stateful[4], "the state makes no difference");
      for (Generation way : Generation.values()) {
        assertEquals(40, model.generate(40, null, way).length);
      }
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> model.generate(5, new double[11], Generation.WINDOWS));
      assertTrue(e.getMessage().contains("11 rows"), e.getMessage());
    }
  }

  /** Far too long a training of noise: the tail gets worse, and the best is kept. */
  @ParameterizedTest
  @MethodSource("engines")
  void trainingEndsOnceTheTailIsNoLongerPredictedBetter(TestEngine engine) {
    SplittableRandom random = new SplittableRandom(5);
    double[] noise = random.doubles(70, -1, 1).toArray();
    Forecaster.Builder overlong =
        small().transformation(Transformation.NONE).members(2).steps(400).learningRate(0.05);
    try (Kernels kernels = engine.open()) {
      long before;
      try (ForecastModel whole = overlong.build().fit(kernels, noise)) {
        assertEquals(400, whole.steps());
      }
      before = kernels.allocatedBytes();
      Forecaster stopping = overlong.earlyStopping(3).build();
      double[] first;
      try (ForecastModel early = stopping.fit(kernels, noise)) {
        assertTrue(early.steps() < 400, () -> early.steps() + " steps were taken");
        first = early.forecast(6);
        // Noise is best forecast by its mean; a network that has learnt it by heart strays.
        for (double value : first) {
          assertEquals(0, value, 0.8);
        }
      }
      assertEquals(before, kernels.allocatedBytes());
      try (ForecastModel again = stopping.fit(kernels, noise)) {
        assertArrayEquals(first, again.forecast(6), 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void divergingTrainingStopsWithAdvice(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      forecast(kernels, small(), 1);
      long before = kernels.allocatedBytes();
      Forecaster forecaster =
          small().optimizer(new Sgd()).learningRate(1e30).clipNorm(0).steps(20).build();
      NonFiniteLossException e =
          assertThrows(NonFiniteLossException.class, () -> forecaster.fit(kernels, HISTORY));
      assertTrue(e.getMessage().contains("learning rate"), e.getMessage());
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void memoryIsGivenBack(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      forecast(kernels, small(), 1);
      long before = kernels.allocatedBytes();
      forecast(kernels, small(), 3);
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @Test
  void theAutomaticWindowSpansTwoSeasonsWhereTheHistoryAllows() {
    assertEquals(24, Forecaster.builder().build().windowFor(values(0, 100)));
    assertEquals(60, Forecaster.builder().season(30).build().windowFor(values(0, 200)));
    assertEquals(34, Forecaster.builder().season(30).build().windowFor(values(0, 70)));
    assertEquals(12, Forecaster.builder().build().windowFor(values(0, 14)));
    assertEquals(5, Forecaster.builder().window(5).build().windowFor(values(0, 7)));
    assertEquals(14, Forecaster.builder().season(14).build().windowFor(values(0, 16)));
  }

  @Test
  void tooFewRowsAreRefusedWithWhatIsNeeded() {
    TooFewRowsException e =
        assertThrows(
            TooFewRowsException.class,
            () -> Forecaster.builder().window(24).build().windowFor(values(0, 25)));
    assertEquals(25, e.rows());
    assertEquals(24, e.window());
    assertEquals(26, e.needed());
    assertThrows(
        TooFewRowsException.class, () -> Forecaster.builder().build().windowFor(values(0, 13)));
  }

  @Test
  void forecastsReadWell() {
    double[] one = {1, 2};
    assertEquals("Forecast of [1.0, 2.0]", new Forecast(one, null, null, Double.NaN).toString());
    assertEquals(
        "Forecast of [1.0, 2.0], 90.0 % between [1.0, 2.0] and [1.0, 2.0]",
        new Forecast(one, one, one, 0.9).toString());
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> small().build().windowFor(new double[] {1, Double.NaN}));
    assertTrue(e.getMessage().contains("row 1 is NaN"), e.getMessage());
  }

  @Test
  void unfitSettingsAreRefusedByNameAndValue() {
    Forecaster.Builder builder = Forecaster.builder();
    Map<String, Runnable> unfit =
        Map.of(
            "units is 0", () -> builder.units(0),
            "window is -1", () -> builder.window(-1),
            "learning rate is NaN", () -> builder.learningRate(Double.NaN),
            "clipNorm is -1", () -> builder.clipNorm(-1),
            "scaling is 'log'", () -> builder.scaling("log"));
    unfit.forEach(
        (words, setting) -> {
          IllegalArgumentException e =
              assertThrows(IllegalArgumentException.class, setting::run, words);
          assertTrue(e.getMessage().startsWith(words), e.getMessage());
        });
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aCheckpointThatHoldsNoForecastModelIsRefused(TestEngine engine, @TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("other.safetensors");
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 3).projection(1).build();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1)) {
      Checkpoint.save(file, network, Map.of());
      MalformedFileException e =
          assertThrows(MalformedFileException.class, () -> ForecastModel.load(file, kernels));
      assertTrue(e.getMessage().contains("forecast model"), e.getMessage());
    }
    assertFalse(Checkpoint.load(file).hasTraining());
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(8)
        .members(1)
        .season(PERIOD)
        .validationRows(0)
        .window(12)
        .batch(8)
        .learningRate(0.02)
        .steps(30);
  }

  private static double[] forecast(Kernels kernels, Forecaster.Builder builder, int horizon) {
    try (ForecastModel model = builder.build().fit(kernels, HISTORY)) {
      return model.forecast(horizon);
    }
  }

  private static double[] values(int first, int rows) {
    double[] values = new double[rows];
    Arrays.setAll(
        values,
        row -> {
          int t = first + row;
          return 50 + 0.8 * t + 5 * Math.sin(2 * Math.PI * t / PERIOD);
        });
    return values;
  }
}
