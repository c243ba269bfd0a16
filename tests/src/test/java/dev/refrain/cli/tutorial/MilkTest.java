package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MilkTest {
  private static final int WINDOW = 12;
  private static final int SHORT_LENGTH = 201;

  static Stream<TestEngine> engines() {
    return TestEngines.fast();
  }

  @Test
  void theLastYearIsHeldOut() {
    Series series = Milk.series();
    assertEquals(168, series.rows());
    assertEquals(156, Milk.trainingRows(series));
    assertTrue(series.label(0).startsWith("1962-01"), series.label(0));
    assertTrue(series.label(156).startsWith("1975-01"), series.label(156));
  }

  /** The exercise as written; its generated months are of the right size and follow the season. */
  @ParameterizedTest
  @MethodSource("engines")
  void theExerciseLearnsTheSeason(TestEngine engine) throws IOException {
    int iterations = engine.isReference() ? SHORT_LENGTH : 4_000;
    List<PrintedLoss> heard = new ArrayList<>();
    Milk.Outcome outcome;
    try (Kernels kernels = engine.open()) {
      outcome =
          new Milk(TutorialCell.LSTM_RELU, 100, WINDOW, 1, 1, 3e-3, iterations, 101)
              .run(
                  kernels,
                  Unkept.training(iterations, heard::add),
                  (network, scaler) -> checkScaler(scaler.inverse(1, 0)));
    }
    assertEquals(heard, outcome.losses());
    assertEquals((iterations + 99) / 100, heard.size());
    assertEquals(12, outcome.generated().length);
    assertTrue(heard.get(heard.size() - 1).value() < heard.get(0).value() / 10, heard.toString());
    if (!engine.isReference()) {
      double[] actual = Arrays.copyOfRange(Milk.series().column(0), 156, 168);
      double mean = Arrays.stream(actual).average().orElseThrow();
      double[] flat = new double[12];
      Arrays.fill(flat, mean);
      double error = ForecastMetrics.rmse(actual, outcome.generated());
      // The flat line through the test year knows the test year's level, which the network does
      // not.
      assertTrue(error < 1.2 * ForecastMetrics.rmse(actual, flat), "RMSE " + error);
      assertEquals(4, indexOfLargest(outcome.generated()), 1, "the peak is in May");
    }
  }

  /** The largest month to learn from, not that of the held-out year. */
  private static void checkScaler(double largest) {
    assertEquals(969, largest, 1e-9);
  }

  /** With targets three months ahead the last three outputs of each window are the next months. */
  @ParameterizedTest
  @MethodSource("engines")
  void aheadTakesThatManyOutputsAtOnce(TestEngine engine) throws IOException {
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, TutorialCell.GRU.network(5), 9);
        WindowReader reader = new WindowReader(network, 4);
        UnrolledNetwork unrolled = network.unroll(4, 1).build()) {
      float[] seed = {0.9f, 0.1f, 0.4f, -0.3f, 0.2f};
      float[] generated = reader.goOn(seed, 5, 3);
      float[] first = outputs(unrolled, Arrays.copyOfRange(seed, 1, 5));
      assertArrayEquals(Arrays.copyOfRange(first, 1, 4), Arrays.copyOf(generated, 3));
      float[] second = outputs(unrolled, new float[] {seed[4], first[1], first[2], first[3]});
      assertArrayEquals(Arrays.copyOfRange(second, 1, 3), Arrays.copyOfRange(generated, 3, 5));
    }
  }

  private static float[] outputs(UnrolledNetwork unrolled, float[] window) {
    unrolled.input().write(window);
    unrolled.forward();
    return unrolled.output().read();
  }

  private static int indexOfLargest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = values[i] > values[largest] ? i : largest;
    }
    return largest;
  }
}
