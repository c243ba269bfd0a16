package dev.refrain.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import dev.refrain.parity.Comparison;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of whole networks and their training, on every engine. */
class NetworkPropertiesTest {
  private static final int STEPS = 8;
  private static final int BATCH = 6;
  private static final int HIDDEN = 12;
  private static final long[] SEEDS = {11, 12, 13};

  static Stream<Arguments> cells() {
    return TestEngines.times(
        List.of(
            new RnnCell(Activation.TANH),
            new LstmCell(Activation.TANH),
            new GruCell(Activation.TANH, GruForm.RESET_BEFORE),
            new GruCell(Activation.TANH, GruForm.RESET_AFTER)));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void bothDirectionsStandSideBySide(TestEngine engine, Cell cell) {
    NetworkSpec both = NetworkSpec.builder(2).bidirectionalLayer(cell, HIDDEN).build();
    NetworkSpec one = NetworkSpec.builder(2).layer(cell, HIDDEN).build();
    try (Kernels kernels = engine.open();
        Network bidirectional = Network.create(kernels, both, 3);
        Network forward = Network.create(kernels, one, 0);
        Network reverse = Network.create(kernels, one, 0)) {
      for (String tensor : List.of("w", "r", "b_w")) {
        String name = "layer0.forward." + tensor;
        forward.write(0, name, bidirectional.read(0, name));
        reverse.write(0, name, bidirectional.read(0, "layer0.reverse." + tensor));
      }
      float[] x = wave(STEPS * BATCH * 2);
      float[] together = predict(bidirectional, x);
      float[] ahead = predict(forward, x);
      float[] back = Slices.backwards(predict(reverse, Slices.backwards(x, STEPS)), STEPS);
      double[] expected = new double[together.length];
      double[] actual = new double[together.length];
      for (int i = 0; i < together.length; i++) {
        int row = i / (2 * HIDDEN);
        int column = i % (2 * HIDDEN);
        float[] half = column < HIDDEN ? ahead : back;
        expected[i] = half[row * HIDDEN + column % HIDDEN];
        actual[i] = together[i];
      }
      Comparison.assertClose("y", expected, actual, 1e-6);
    }
  }

  private static float[] predict(Network network, float[] x) {
    try (UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).build()) {
      unrolled.input().write(x);
      unrolled.forward();
      return unrolled.output().read();
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void threeNetworksTrainTogetherAsEachAlone(TestEngine engine, Cell cell) {
    NetworkSpec spec = spec(cell);
    try (Kernels kernels = engine.open();
        Network three = Network.create(kernels, spec, SEEDS);
        Trainer trainer = trainer(three, SEEDS)) {
      long before = kernels.operationCount();
      trainer.run(12);
      long together = kernels.operationCount() - before;
      for (int g = 0; g < SEEDS.length; g++) {
        try (Network alone = Network.create(kernels, spec, SEEDS[g]);
            Trainer single = trainer(alone, SEEDS[g])) {
          before = kernels.operationCount();
          single.run(12);
          assertEquals(kernels.operationCount() - before, together, "operations");
          Comparison.assertSameBits("network " + g, alone.read(0), three.read(g));
          Comparison.assertSameBits(
              "losses of " + g, single.lastLosses(12).get(0), trainer.lastLosses(12).get(g));
        }
      }
    }
  }

  private static NetworkSpec spec(Cell cell) {
    return NetworkSpec.builder(1)
        .bidirectionalLayer(cell, HIDDEN)
        .layer(cell, HIDDEN)
        .dropout(0.1)
        .projection(1)
        .build();
  }

  private static Trainer trainer(Network network, long... seeds) {
    return Trainer.builder(network, SeriesWindows.shared(wave(100), 1, STEPS, BATCH))
        .loss(Loss.RMSE)
        .optimizer(new Adam())
        .schedule(Schedule.cosine(20, 0.1))
        .clipNorm(0.5)
        .learningRate(0.01)
        .seed(seeds)
        .build();
  }

  /**
   * Gradient descent does not magnify rounding as Adam's division does: over 30 steps each adds one
   * rounding of a recurrence, some 1e-6, to losses of about 0.5.
   */
  @ParameterizedTest
  @MethodSource("cells")
  void trainingFollowsTheJudge(TestEngine engine, Cell cell) {
    double[] expected;
    try (Kernels judge = TestEngine.openJudge()) {
      expected = descend(judge, cell);
    }
    try (Kernels kernels = engine.open()) {
      Comparison.assertClose("losses", expected, descend(kernels, cell), 3e-5);
    }
  }

  private static double[] descend(Kernels kernels, Cell cell) {
    try (Network network = Network.create(kernels, spec(cell), 5);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(wave(100), 1, STEPS, BATCH))
                .optimizer(new Sgd())
                .learningRate(0.1)
                .seed(9)
                .build()) {
      trainer.run(30);
      return trainer.lastLosses(30).get(0);
    }
  }

  private static float[] wave(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (Math.sin(0.3 * i) + 0.3 * Math.cos(1.7 * i));
    }
    return values;
  }
}
