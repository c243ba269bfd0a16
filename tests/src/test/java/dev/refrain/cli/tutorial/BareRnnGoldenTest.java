package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The two-step network gives the digits that the lab printed. */
class BareRnnGoldenTest {
  /** Half a unit of the last printed digit, and float32's own error. */
  private static final double TOLERANCE = 2e-6;

  private static final JsonObject GOLDEN = TutorialNumbers.read().getAsJsonObject("bare_rnn");

  static Stream<TestEngine> engines() {
    return TestEngines.all();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theLabsDigits(TestEngine engine) {
    assertRows(BareRnn.LAB.x0(), GOLDEN.getAsJsonArray("X0"));
    assertRows(BareRnn.LAB.x1(), GOLDEN.getAsJsonArray("X1"));
    try (Kernels kernels = engine.open()) {
      float[][][] steps = BareRnn.LAB.run(kernels);
      assertPrintedRows(steps[0], GOLDEN.getAsJsonObject("Y0_rows_printed"));
      assertPrintedRows(steps[1], GOLDEN.getAsJsonObject("Y1_rows_printed"));
    }
  }

  /** No digits of it were printed: its equations are computed once more, in double. */
  @ParameterizedTest
  @MethodSource("engines")
  void theBootcampsEquations(TestEngine engine) {
    BareRnn variant = BareRnn.BOOTCAMP;
    GraphInitializers graph = new GraphInitializers(42);
    float[] wx = graph.standardNormal(5, 2 * 3);
    float[] wy = graph.standardNormal(14, 3 * 3);
    try (Kernels kernels = engine.open()) {
      float[][][] steps = variant.run(kernels);
      for (int n = 0; n < variant.x0().length; n++) {
        double[] y0 = step(variant.x0()[n], wx, new double[3], wy);
        double[] y1 = step(variant.x1()[n], wx, y0, wy);
        for (int neuron = 0; neuron < 3; neuron++) {
          assertEquals(y0[neuron], steps[0][n][neuron], TOLERANCE);
          assertEquals(y1[neuron], steps[1][n][neuron], TOLERANCE);
        }
      }
    }
  }

  /** {@code tanh(x Wx + y Wy)}. */
  private static double[] step(float[] x, float[] wx, double[] y, float[] wy) {
    int neurons = y.length;
    double[] next = new double[neurons];
    for (int neuron = 0; neuron < neurons; neuron++) {
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        sum += x[i] * wx[i * neurons + neuron];
      }
      for (int i = 0; i < neurons; i++) {
        sum += y[i] * wy[i * neurons + neuron];
      }
      next[neuron] = Math.tanh(sum);
    }
    return next;
  }

  private static void assertPrintedRows(float[][] rows, JsonObject printed) {
    for (Map.Entry<String, JsonElement> row : printed.entrySet()) {
      JsonArray values = row.getValue().getAsJsonArray();
      float[] actual = rows[Integer.parseInt(row.getKey())];
      assertEquals(values.size(), actual.length);
      for (int i = 0; i < actual.length; i++) {
        assertEquals(values.get(i).getAsDouble(), actual[i], TOLERANCE);
      }
    }
  }

  private static void assertRows(float[][] rows, JsonArray expected) {
    assertEquals(expected.size(), rows.length);
    for (int n = 0; n < rows.length; n++) {
      for (int i = 0; i < rows[n].length; i++) {
        assertEquals(expected.get(n).getAsJsonArray().get(i).getAsFloat(), rows[n][i]);
      }
    }
  }
}
