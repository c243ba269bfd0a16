package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models of several columns that go on by themselves. */
class GenerationTest {
  private static final Series SERIES = circle(60);

  static Stream<TestEngine> engines() {
    return TestEngines.fast().filter(engine -> !engine.engine().equals("reference")).limit(1);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void allColumnsAreFedBack(TestEngine engine) {
    try (Kernels kernels = engine.open();
        ForecastModel model =
            small().targets("b", "a").build().fit(kernels, SERIES, progress -> {})) {
      List<double[]> windows = model.generateAll(5, SERIES, Generation.WINDOWS);
      List<Forecast> forecast = model.predict(5, Double.NaN, new double[5][0]);
      assertEquals(2, windows.size());
      for (int target = 0; target < 2; target++) {
        assertArrayEquals(forecast.get(target).values(), windows.get(target), 0);
      }
      List<double[]> stateful = model.generateAll(5, SERIES, Generation.STATEFUL);
      assertEquals(windows.get(1)[0], stateful.get(1)[0], 1e-4);
      assertFalse(Arrays.equals(windows.get(1), stateful.get(1)), "the state makes no difference");
      List<double[]> elsewhere = model.generateAll(5, SERIES.head(40), Generation.WINDOWS);
      assertArrayEquals(
          model.predict(SERIES.head(40), 5, Double.NaN, new double[5][0]).get(0).values(),
          elsewhere.get(0),
          0);
      for (Generation way : Generation.values()) {
        assertEquals(30, model.generateAll(30, null, way).get(1).length);
      }
    }
  }

  /** What is predicted many steps at once goes on in blocks. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void manyStepsAtOnceGoOnInBlocks(TestEngine engine) {
    double[] values = SERIES.column(0);
    try (Kernels kernels = engine.open();
        ForecastModel model = small().direct(true).horizon(4).build().fit(kernels, values)) {
      double[] generated = model.generate(10, values, Generation.WINDOWS);
      assertArrayEquals(model.forecast(10), generated, 0);
      assertEquals(9, model.generate(9, null, Generation.WINDOWS).length);
    }
  }

  /** Step by step, by the network alone. */
  @Test
  void fromZerosTheNetworkReadsItsOwnPredictionsAfterAWindowOfZeros(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("model.safetensors");
    Forecaster forecaster =
        small()
            .members(1)
            .transformation(Transformation.NONE)
            .scaling(IdentityScaler.NAME)
            .steps(5)
            .build();
    int window = 8;
    int length = 6;
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model = forecaster.fit(kernels, SERIES.column(0))) {
      model.save(file);
      float[] read = new float[window + length];
      float[] carried = new float[length];
      try (Network network = Checkpoint.load(file).network(kernels);
          UnrolledNetwork windows = network.unroll(window, 1).build();
          UnrolledNetwork whole = network.unroll(window + length, 1).build()) {
        for (int step = 0; step < length; step++) {
          windows.input().write(Arrays.copyOfRange(read, step, step + window));
          windows.forward();
          read[window + step] = windows.output().read()[window - 1];
        }
        float[] input = new float[window + length];
        for (int step = 0; step < length; step++) {
          whole.input().write(input);
          whole.forward();
          carried[step] = whole.output().read()[window + step - 1];
          input[window + step] = carried[step];
        }
      }
      double[] byWindows = model.generate(length, null, Generation.WINDOWS);
      double[] stateful = model.generate(length, null, Generation.STATEFUL);
      for (int step = 0; step < length; step++) {
        assertEquals(read[window + step], byWindows[step], 1e-5);
        assertEquals(carried[step], stateful[step], 1e-5);
      }
      assertTrue(Math.abs(read[window + length - 1] - carried[length - 1]) > 1e-4, "both are one");
    }
  }

  @Test
  void whatIsNotKnownWhereAModelGoesOnByItselfIsRefusedWithTheReason() {
    double[] values = SERIES.column(0);
    try (Kernels kernels = TestEngines.fastest().open()) {
      try (ForecastModel model = fit(kernels, small().known("b"))) {
        refused(model, Generation.WINDOWS, "reads [b] ahead", "use predict");
        assertThrows(
            IllegalStateException.class, () -> model.generate(3, values, Generation.WINDOWS));
      }
      try (ForecastModel model = fit(kernels, small().direct(true).horizon(4))) {
        refused(model, Generation.WINDOWS, "4 steps at once", "[b]", "up to 4");
      }
      try (ForecastModel model = fit(kernels, small().targets("a", "b").direct(true).horizon(4))) {
        refused(model, Generation.STATEFUL, "4 steps at once", "WINDOWS");
        assertEquals(9, model.generateAll(9, SERIES, Generation.WINDOWS).get(1).length);
      }
      try (ForecastModel model = fit(kernels, small())) {
        IllegalStateException e =
            assertThrows(
                IllegalStateException.class, () -> model.generate(3, values, Generation.WINDOWS));
        assertTrue(e.getMessage().contains("generateAll"), e.getMessage());
        assertThrows(
            IllegalArgumentException.class,
            () -> model.generateAll(3, SERIES.head(4), Generation.WINDOWS));
        assertThrows(
            IllegalArgumentException.class, () -> model.generateAll(0, SERIES, Generation.WINDOWS));
      }
    }
  }

  private static ForecastModel fit(Kernels kernels, Forecaster.Builder builder) {
    return builder.steps(3).build().fit(kernels, SERIES, progress -> {});
  }

  private static void refused(ForecastModel model, Generation way, String... fragments) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> model.generateAll(6, SERIES, way));
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  private static Series circle(int rows) {
    double[][] values = new double[rows][];
    Arrays.setAll(
        values, t -> new double[] {10 + 3 * Math.sin(t * 0.7), 50 - 4 * Math.cos(t * 0.7)});
    return new Series(List.of("a", "b"), values);
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(6)
        .members(2)
        .season(1)
        .window(8)
        .validationRows(0)
        .batch(8)
        .learningRate(0.03)
        .steps(40);
  }
}
