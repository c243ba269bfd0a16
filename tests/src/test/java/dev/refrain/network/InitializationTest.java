package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitializationTest {
  private static final int INPUTS = 60;
  private static final int HIDDEN = 100;
  private static final int OUTPUTS = 50;

  @Test
  void tensorFlowBoundsTheFusedKernel() {
    NetworkSpec spec = spec(new RnnCell(Activation.TANH), Initialization.TENSORFLOW);
    double limit = Math.sqrt(6.0 / (INPUTS + HIDDEN + HIDDEN));
    assertUniform(limit, draw(spec, "layer0.forward.w"));
    assertUniform(limit, draw(spec, "layer0.forward.r"));
    assertUniform(Math.sqrt(6.0 / (HIDDEN + OUTPUTS)), draw(spec, "output.weight"));
    assertConstant(0, draw(spec, "layer0.forward.b_w"));
    assertConstant(0, draw(spec, "layer0.forward.b_r"));
    assertConstant(0, draw(spec, "output.bias"));
  }

  @Test
  void tensorFlowCountsAllGatesAndTheProjectedOutputsOfAnLstm() {
    int projected = 40;
    Cell cell = new LstmCell(Activation.TANH, 1, true, 0, projected);
    NetworkSpec spec = spec(cell, Initialization.TENSORFLOW);
    double limit = Math.sqrt(6.0 / (INPUTS + projected + 4 * HIDDEN));
    assertUniform(limit, draw(spec, "layer0.forward.w"));
    assertUniform(limit, draw(spec, "layer0.forward.r"));
    assertUniform(Math.sqrt(6.0 / (HIDDEN + projected)), draw(spec, "layer0.forward.projection"));
    assertUniform(Math.sqrt(6.0 / (2 * HIDDEN)), draw(spec, "layer0.forward.peepholes"));
    assertConstant(0, draw(spec, "layer0.forward.b_w"));
  }

  @Test
  void tensorFlowDrawsGatesAndCandidateOfAGruApart() {
    NetworkSpec spec =
        spec(new GruCell(Activation.TANH, GruForm.RESET_BEFORE), Initialization.TENSORFLOW);
    double gates = Math.sqrt(6.0 / (INPUTS + HIDDEN + 2 * HIDDEN));
    double candidate = Math.sqrt(6.0 / (INPUTS + HIDDEN + HIDDEN));
    for (String tensor : new String[] {"w", "r"}) {
      float[] values = draw(spec, "layer0.forward." + tensor);
      int change = values.length / 3 * 2;
      assertUniform(gates, Arrays.copyOf(values, change));
      assertUniform(candidate, Arrays.copyOfRange(values, change, values.length));
    }
    float[] bias = draw(spec, "layer0.forward.b_w");
    assertConstant(1, Arrays.copyOf(bias, 2 * HIDDEN));
    assertConstant(0, Arrays.copyOfRange(bias, 2 * HIDDEN, 3 * HIDDEN));
  }

  @Test
  void pyTorchDrawsEverythingByTheUnits() {
    NetworkSpec spec = spec(new LstmCell(Activation.TANH, 0, false, 0, 40), Initialization.PYTORCH);
    double limit = 1 / Math.sqrt(HIDDEN);
    for (String tensor : new String[] {"w", "r", "projection", "b_w", "b_r"}) {
      assertUniform(limit, draw(spec, "layer0.forward." + tensor));
    }
    assertUniform(1 / Math.sqrt(40), draw(spec, "output.weight"));
    assertBounded(1 / Math.sqrt(40), draw(spec, "output.bias"));
  }

  @Test
  void seedsDecide() {
    NetworkSpec spec = spec(new RnnCell(Activation.TANH), Initialization.TENSORFLOW);
    float[] first = spec.initialization().draw(spec, 3);
    assertArrayEquals(first, spec.initialization().draw(spec, 3));
    assertFalse(Arrays.equals(first, spec.initialization().draw(spec, 4)));
  }

  @Test
  void tensorsDiffer() {
    NetworkSpec spec =
        NetworkSpec.builder(HIDDEN)
            .bidirectionalLayer(new RnnCell(Activation.TANH), HIDDEN)
            .build();
    assertFalse(Arrays.equals(draw(spec, "layer0.forward.w"), draw(spec, "layer0.reverse.w")));
    assertFalse(Arrays.equals(draw(spec, "layer0.forward.w"), draw(spec, "layer0.forward.r")));
  }

  private static NetworkSpec spec(Cell cell, Initialization initialization) {
    return NetworkSpec.builder(INPUTS)
        .layer(cell, HIDDEN)
        .projection(OUTPUTS)
        .recurrentBias(true)
        .initialization(initialization)
        .build();
  }

  private static float[] draw(NetworkSpec spec, String name) {
    float[] all = spec.initialization().draw(spec, 42);
    ParameterSlice slice = ParameterLayout.of(spec).slice(name);
    return Arrays.copyOfRange(all, (int) slice.offset(), (int) slice.end());
  }

  private static void assertConstant(float expected, float[] values) {
    for (float value : values) {
      assertEquals(expected, value);
    }
  }

  /**
   * Within the limit, reaching 98 % of it, mean 0 and variance limit²/3, both within 4 standard
   * errors: of the mean limit·√(1/3n), of the variance limit²·√(4/45n).
   */
  private static void assertUniform(double limit, float[] values) {
    assertBounded(limit, values);
    double n = values.length;
    double mean = 0;
    double squares = 0;
    double largest = 0;
    for (float value : values) {
      mean += value / n;
      squares += value * (double) value / n;
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest >= 0.98 * limit, "largest is " + largest + " of " + limit);
    assertEquals(0, mean, 4 * limit * Math.sqrt(1 / (3 * n)));
    assertEquals(limit * limit / 3, squares, 4 * limit * limit * Math.sqrt(4 / (45 * n)));
  }

  private static void assertBounded(double limit, float[] values) {
    for (float value : values) {
      assertTrue(value >= (float) -limit && value <= (float) limit, value + " exceeds " + limit);
    }
  }
}
