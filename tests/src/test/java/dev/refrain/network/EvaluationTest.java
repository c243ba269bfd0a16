package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.RnnCell;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EvaluationTest {
  private static final int STEPS = 6;
  private static final int BATCH = 4;
  private static final int ROWS = 50;
  private static final float[] SERIES = Networks.numbers(ROWS * 2, 1);

  /** Four windows of a shared series, at starts that are known, without dropout. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void isTheMeanSquaredErrorOfWindowsSpreadOverTheRows(TestEngine engine) {
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, Networks.everything(0.5), 1, 2);
        Evaluation evaluation =
            Evaluation.of(network, SeriesWindows.shared(SERIES, 2, STEPS, BATCH), Loss.MSE);
        UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).build()) {
      int[] starts = {0, 14, 28, ROWS - STEPS - 1};
      float[] input = new float[2 * STEPS * BATCH * 2];
      float[] target = new float[input.length];
      for (int i = 0; i < input.length; i++) {
        int row = starts[i / 2 % BATCH] + i / 2 / BATCH % STEPS;
        input[i] = SERIES[2 * row + i % 2];
        target[i] = SERIES[2 * (row + 1) + i % 2];
      }
      unrolled.input().write(input);
      unrolled.forward();
      float[] output = unrolled.output().read();
      double[] losses = evaluation.losses();
      assertArrayEquals(losses, evaluation.losses(), "twice");
      int size = output.length / 2;
      for (int g = 0; g < 2; g++) {
        double sum = 0;
        for (int i = g * size; i < (g + 1) * size; i++) {
          sum += Math.pow((double) output[i] - target[i], 2);
        }
        assertEquals(sum / size, losses[g], 1e-5 * sum / size);
      }
      assertTrue(losses[0] != losses[1], "the groups are the same network");
    }
  }

  /** What a trainer says of a batch before it has changed anything. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void isTheLossThatATrainerBeginsWithOnClassesOfRaggedSequences(TestEngine engine) {
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 8).projection(3).build();
    CallerBatch batch = new CallerBatch(2, 3, true);
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer = Trainer.builder(network, batch).loss(Loss.SOFTMAX_CROSS_ENTROPY).build();
        Evaluation evaluation = Evaluation.of(network, batch, Loss.SOFTMAX_CROSS_ENTROPY)) {
      evaluation.input().write(-1, 0, 1, -1, 0, 1);
      evaluation.labels().write(0, 1, 2, 0, 1, 2);
      evaluation.lengths().write(2, 1, 2);
      trainer.input().write(-1, 0, 1, -1, 0, 1);
      trainer.labels().write(0, 1, 2, 0, 1, 2);
      trainer.lengths().write(2, 1, 2);
      double[] losses = evaluation.losses();
      trainer.run(1);
      assertArrayEquals(trainer.lastLosses(1).get(0), losses);
      assertFalse(Arrays.equals(losses, evaluation.losses()), "training changes it");
      assertThrows(IllegalStateException.class, evaluation::target);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void lookingChangesNothingOfATraining(TestEngine engine) throws InterruptedException {
    SeriesWindows windows = SeriesWindows.shared(SERIES, 2, STEPS, BATCH);
    try (Kernels kernels = engine.open();
        Network looked = Network.create(kernels, Networks.everything(0.2), 1);
        Network alone = Network.create(kernels, Networks.everything(0.2), 1);
        Trainer first = Trainer.builder(looked, windows).seed(3).build();
        Trainer second = Trainer.builder(alone, windows).seed(3).build()) {
      try (Evaluation evaluation = Evaluation.of(looked, windows, Loss.MAE)) {
        first.train(6, 2, progress -> evaluation.losses());
      }
      // By now the engine has the scratch memory that it keeps.
      long before = kernels.allocatedBytes();
      try (Evaluation evaluation = Evaluation.of(looked, windows, Loss.MAE)) {
        assertTrue(evaluation.losses()[0] > 0);
        assertTrue(kernels.allocatedBytes() > before);
      }
      assertEquals(before, kernels.allocatedBytes());
      second.train(6, 2, progress -> {});
      assertArrayEquals(alone.read(0), looked.read(0));
    }
  }

  /** A later look is not spoilt by a network that was ruined for a while. */
  @Test
  void ruinedParametersGiveALossThatIsNotFinite() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.everything(0), 1);
        Evaluation evaluation =
            Evaluation.of(network, SeriesWindows.shared(SERIES, 2, STEPS, BATCH), Loss.MSE)) {
      double[] good = evaluation.losses();
      float[] parameters = network.read(0);
      float[] ruined = parameters.clone();
      Arrays.fill(ruined, Float.NaN);
      network.write(0, ruined);
      assertFalse(Double.isFinite(evaluation.losses()[0]));
      network.write(0, parameters);
      assertArrayEquals(good, evaluation.losses());
    }
  }

  @Test
  void whatDoesNotFitIsRefusedAndGivesItsMemoryBack() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.everything(0), 1)) {
      long before = kernels.allocatedBytes();
      SeriesWindows few = SeriesWindows.shared(new float[2 * STEPS], 2, STEPS, BATCH);
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Evaluation.of(network, few, Loss.MSE));
      assertTrue(e.getMessage().contains("6 rows"), e.getMessage());
      SeriesWindows two = SeriesWindows.perGroup(new float[][] {SERIES, SERIES}, 2, STEPS, BATCH);
      e = assertThrows(IllegalArgumentException.class, () -> Evaluation.of(network, two, Loss.MSE));
      assertTrue(e.getMessage().contains("2 series for 1 group"), e.getMessage());
      assertThrows(
          IllegalArgumentException.class,
          () -> Evaluation.of(network, two, Loss.SOFTMAX_CROSS_ENTROPY));
      assertEquals(before, kernels.allocatedBytes());
    }
  }
}
