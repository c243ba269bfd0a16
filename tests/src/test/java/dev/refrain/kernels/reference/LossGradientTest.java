package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LossGradientTest {
  private static final int GROUPS = 2;
  private static final int STEPS = 3;
  private static final int BATCH = 2;
  private static final int OUTPUTS = 4;
  private static final LossShape SHAPE = new LossShape(GROUPS, STEPS, BATCH, OUTPUTS);
  private static final int[] LENGTHS = {2, 3, 0, 1};
  private static final int[] LABELS = {0, 3, 2, -1, 1, 1, 2, 0, -1, 3, 1, 0};

  static Stream<Arguments> cases() {
    return Stream.of(Loss.MSE, Loss.RMSE, Loss.MAE, Loss.huber(0.7), Loss.SOFTMAX_CROSS_ENTROPY)
        .flatMap(loss -> Stream.of(Arguments.of(loss, false), Arguments.of(loss, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientIsTheLosss(Loss loss, boolean withLengths) {
    Random random = new Random(11);
    try (Kernels kernels = DoubleReference.open()) {
      Tensor prediction = tensor(kernels, random);
      Tensor gradient = tensor(kernels, random);
      View target = tensor(kernels, random).view();
      IndexBuffer lengths = withLengths ? indices(kernels, LENGTHS) : null;
      IndexBuffer labels = indices(kernels, LABELS);
      LossArguments forward =
          (loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY
                  ? LossArguments.of(prediction.view(), labels, null)
                  : LossArguments.of(prediction.view(), target, null))
              .lengths(lengths);
      LossArguments both =
          new LossArguments(
              forward.prediction(),
              forward.target(),
              forward.labels(),
              forward.lengths(),
              gradient.view());
      StepState state = kernels.allocateState(GROUPS, 0);

      kernels.loss(loss, SHAPE, both, state);

      FiniteDifferences differences =
          new FiniteDifferences(
              () -> {
                kernels.loss(loss, SHAPE, forward, state);
                return sumOfLosses(state);
              },
              Math.max(1, sumOfLosses(state)));
      differences.check("gradient", prediction, gradient.read());

      double[] apart = gradient.read();
      LossArguments inPlace =
          new LossArguments(
              both.prediction(), both.target(), both.labels(), both.lengths(), both.prediction());
      kernels.loss(loss, SHAPE, inPlace, state);
      assertArrayEquals(apart, prediction.read(), "the gradient in place of the prediction");
    }
  }

  private static Tensor tensor(Kernels kernels, Random random) {
    return new Tensor(kernels, GROUPS, STEPS * BATCH, OUTPUTS).random(random, 1);
  }

  private static IndexBuffer indices(Kernels kernels, int[] values) {
    IndexBuffer buffer = kernels.allocateIndices(values.length);
    buffer.write(values);
    return buffer;
  }

  private static double sumOfLosses(StepState state) {
    return state.read(0).loss() + state.read(1).loss();
  }

  @Test
  void rootMeanSquareHasNoGradientWithoutError() {
    try (Kernels kernels = DoubleReference.open()) {
      Buffer numbers = kernels.allocate(3);
      numbers.write(1, 2, 3);
      Buffer gradient = kernels.allocate(3);
      gradient.write(9, 9, 9);
      View view = View.of(numbers, 3, 1);
      kernels.loss(
          Loss.RMSE,
          new LossShape(1, 3, 1, 1),
          LossArguments.of(view, view, View.of(gradient, 3, 1)),
          kernels.allocateState(1, 0));
      assertArrayEquals(new double[3], gradient.readDoubles());
    }
  }

  @Test
  void crossEntropyOfLargeLogitsStaysFinite() {
    try (Kernels kernels = DoubleReference.open()) {
      Buffer logits = kernels.allocate(2);
      logits.write(1e4f, -1e4f);
      StepState state = kernels.allocateState(1, 0);
      kernels.loss(
          Loss.SOFTMAX_CROSS_ENTROPY,
          new LossShape(1, 1, 1, 2),
          LossArguments.of(View.of(logits, 1, 2), indices(kernels, new int[] {1}), null),
          state);
      assertEquals(2e4, state.read(0).loss());
    }
  }
}
