package dev.refrain.kernels.reference;

import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.StepState;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DropoutGradientTest {
  private static final DropoutShape SHAPE = new DropoutShape(2, 6, 5, 3);
  private static final double RATE = 0.3;

  @Test
  void backwardIsTheSameCallOnTheGradients() {
    Random random = new Random(5);
    try (Kernels kernels = DoubleReference.open()) {
      StepState state = kernels.allocateState(2, 0);
      state.write(0, GroupState.initial(1, 0));
      state.write(1, GroupState.initial(2, 0));
      Tensor x = tensor(kernels).random(random, 1);
      Tensor y = tensor(kernels);
      Tensor dy = tensor(kernels).random(random, 1);
      Tensor dx = tensor(kernels);
      double[] weights = dy.read();

      kernels.dropout(SHAPE, RATE, x.view(), y.view(), state);
      kernels.dropout(SHAPE, RATE, dy.view(), dx.view(), state);

      FiniteDifferences differences =
          new FiniteDifferences(
              () -> {
                kernels.dropout(SHAPE, RATE, x.view(), y.view(), state);
                return y.dot(weights);
              },
              y.size(weights));
      differences.check("dx", x, dx.read());
    }
  }

  private static Tensor tensor(Kernels kernels) {
    return new Tensor(kernels, SHAPE.groups(), (int) SHAPE.rows(), SHAPE.columns());
  }
}
