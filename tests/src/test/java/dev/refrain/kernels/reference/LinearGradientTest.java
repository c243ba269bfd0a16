package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearGradientTest {
  private static final int GROUPS = 2;
  private static final int ROWS = 5;
  private static final int INPUTS = 4;
  private static final int OUTPUTS = 3;

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false"})
  void backwardIsForwardsGradient(boolean biased, boolean accumulate) {
    Random random = new Random(7);
    try (Kernels kernels = DoubleReference.open()) {
      LinearShape shape = new LinearShape(GROUPS, ROWS, INPUTS, OUTPUTS);
      int parameters = OUTPUTS * INPUTS + (biased ? OUTPUTS : 0);
      Tensor values = new Tensor(kernels, GROUPS, 1, parameters).random(random, 0.5);
      Tensor gradients = new Tensor(kernels, GROUPS, 1, parameters).random(random, 1);
      LinearParameters linear =
          new LinearParameters(
              values.buffer(),
              gradients.buffer(),
              values.groupStride(),
              Tensor.GAP,
              biased ? Tensor.GAP + OUTPUTS * INPUTS : CellLayout.ABSENT);
      Tensor x = new Tensor(kernels, GROUPS, ROWS, INPUTS).random(random, 1);
      Tensor y = new Tensor(kernels, GROUPS, ROWS, OUTPUTS);
      Tensor dy = new Tensor(kernels, GROUPS, ROWS, OUTPUTS).random(random, 1);
      Tensor dx = new Tensor(kernels, GROUPS, ROWS, INPUTS);
      double[] weights = dy.read();
      double[] before = accumulate ? gradients.read() : new double[GROUPS * parameters];

      kernels.linearForward(shape, linear, x.view(), y.view());
      kernels.linearBackward(shape, linear, x.view(), dy.view(), dx.view(), accumulate);

      FiniteDifferences differences =
          new FiniteDifferences(
              () -> {
                kernels.linearForward(shape, linear, x.view(), y.view());
                return y.dot(weights);
              },
              y.size(weights));
      differences.check("dx", x, dx.read());
      differences.check("gradients", values, gradients.read(), before);
      assertTrue(y.gapsAreUntouched() && dx.gapsAreUntouched() && gradients.gapsAreUntouched());
    }
  }
}
