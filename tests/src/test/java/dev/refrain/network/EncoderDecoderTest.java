package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Sgd;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pairs of networks that turn a window into what follows it. */
class EncoderDecoderTest {
  private static final int WINDOW = 5;
  private static final int HORIZON = 4;
  private static final int BATCH = 3;

  /** Half the distance that a central difference looks to both sides. */
  private static final double H = 1e-5;

  /** A sixth of the third derivative times h², beside the largest first derivative. */
  private static final double CURVATURE = 30 * H * H;

  /** A loss of size 1 with some ten roundings, over h. */
  private static final double ROUNDING = 10 * 0x1p-53 / H;

  /** Of float32 recurrences, beside the largest number. */
  private static final double RECURRENT = 2e-5;

  static Stream<TestEngine> engines() {
    return TestEngines.all();
  }

  static Stream<TestEngine> fast() {
    return TestEngines.fast();
  }

  static Stream<Cell> cells() {
    return Stream.of(
        new RnnCell(Activation.TANH),
        new LstmCell(Activation.SOFTSIGN, 0.5, true, 0, 0),
        new GruCell(Activation.TANH, GruForm.RESET_AFTER));
  }

  private static NetworkSpec spec(Cell cell, int columns, int units, int layers) {
    NetworkSpec.Builder spec = NetworkSpec.builder(columns).initialization(Initialization.PYTORCH);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell, units);
    }
    return spec.projection(columns).build();
  }

  private static float[] noise(int count, long seed) {
    float[] values = new float[count];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /** Through the decoder, the state that is handed over, and the encoder, in float64. */
  @ParameterizedTest
  @MethodSource("cells")
  void gradientsEqualCentralDifferences(Cell cell) {
    try (Kernels kernels = TestEngine.openJudge();
        EncoderDecoder model = EncoderDecoder.create(kernels, spec(cell, 2, 3, 2), 17);
        EncoderDecoderTrainer trainer =
            EncoderDecoderTrainer.builder(model, noise(40, 3), WINDOW, HORIZON, BATCH)
                .optimizer(new Sgd())
                .learningRate(0)
                .startingAt(0, 7, 11)
                .recorded(false)
                .build()) {
      trainer.run(1);
      List<Network> networks = List.of(model.encoder(), model.decoder());
      // All of them before any parameter moves: later steps write them anew.
      List<double[]> gradients =
          networks.stream().map(each -> each.gradients().readDoubles()).toList();
      for (int n = 0; n < networks.size(); n++) {
        Network network = networks.get(n);
        double[] gradient = gradients.get(n);
        double largest = DoubleStream.of(gradient).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 1e-3, "no gradient reaches " + network.spec());
        double tolerance = CURVATURE * largest + ROUNDING;
        Buffer values = network.values();
        double[] before = values.readDoubles();
        for (int i = 0; i < gradient.length; i++) {
          double difference =
              (lossWith(trainer, values, i, before[i] + H)
                      - lossWith(trainer, values, i, before[i] - H))
                  / (2 * H);
          values.writeDoubles(i, before, i, 1);
          int at = i;
          assertTrue(
              Math.abs(difference - gradient[i]) <= tolerance,
              () -> "parameter " + at + ": " + difference + " but " + gradient[at]);
        }
      }
    }
  }

  private static double lossWith(
      EncoderDecoderTrainer trainer, Buffer values, int place, double value) {
    values.writeDoubles(place, new double[] {value}, 0, 1);
    trainer.run(1);
    return trainer.lastLosses(1).get(0)[0];
  }

  /** One step on every engine against the reference: loss, all gradients, prediction. */
  @ParameterizedTest
  @MethodSource("engines")
  void everyEngineComputesWhatTheReferenceDoes(TestEngine engine) {
    for (Cell cell : cells().toList()) {
      NetworkSpec spec = spec(cell, 1, 13, 2);
      try (Kernels judge = TestEngine.openJudge();
          Kernels judged = engine.open()) {
        assertNear("step of " + cell, step(judge, spec), step(judged, spec));
      }
    }
  }

  private static double[] step(Kernels kernels, NetworkSpec spec) {
    float[] series = noise(60, 5);
    try (EncoderDecoder model = EncoderDecoder.create(kernels, spec, 1, 2);
        EncoderDecoderTrainer trainer =
            EncoderDecoderTrainer.builder(model, series, WINDOW, HORIZON, BATCH)
                .learningRate(0)
                .build()) {
      trainer.run(2);
      DoubleStream losses = trainer.lastLosses(2).stream().flatMapToDouble(DoubleStream::of);
      DoubleStream gradients =
          Stream.of(model.encoder(), model.decoder())
              .flatMapToDouble(each -> DoubleStream.of(each.gradients().readDoubles()));
      float[][] said = model.predict(List.of(noise(WINDOW, 8), noise(WINDOW, 9)), 7);
      DoubleStream.Builder prediction = DoubleStream.builder();
      for (float[] group : said) {
        for (float value : group) {
          prediction.add(value);
        }
      }
      return DoubleStream.concat(DoubleStream.concat(losses, gradients), prediction.build())
          .toArray();
    }
  }

  private static void assertNear(String what, double[] expected, double[] actual) {
    double largest = DoubleStream.of(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      assertTrue(
          Math.abs(expected[i] - actual[i]) <= RECURRENT * largest,
          () -> what + ", number " + at + ": " + expected[at] + " but " + actual[at]);
    }
  }

  /** Replayed or called anew, alone or with others, once or again: the same bits. */
  @ParameterizedTest
  @MethodSource("engines")
  void theBitsDependOnTheSeedAlone(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      long before = kernels.allocatedBytes();
      float[][] together = trained(kernels, true, 4, 5);
      assertArrayEquals(together, trained(kernels, true, 4, 5));
      assertArrayEquals(together, trained(kernels, false, 4, 5));
      assertArrayEquals(together[1], trained(kernels, true, 5)[0]);
      assertNotEquals(together[0][0], together[1][0]);
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  private static float[][] trained(Kernels kernels, boolean recorded, long... seeds) {
    NetworkSpec spec = spec(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 1, 6, 1);
    try (EncoderDecoder model = EncoderDecoder.create(kernels, spec, seeds);
        EncoderDecoderTrainer trainer =
            EncoderDecoderTrainer.builder(model, noise(50, 6), WINDOW, HORIZON, BATCH)
                .learningRate(0.01)
                .clipNorm(0.5)
                .seed(seeds)
                .recorded(recorded)
                .build()) {
      trainer.run(12);
      trainer.check();
      float[] window = noise(WINDOW, 7);
      return model.predict(Collections.nCopies(seeds.length, window), HORIZON);
    }
  }

  /**
   * Each next value is the negative of the one four steps before, whatever the numbers: the decoder
   * can only know them from the encoder's state.
   */
  @ParameterizedTest
  @MethodSource("fast")
  void whatTheWindowTellsReachesTheDecoder(TestEngine engine) {
    SplittableRandom random = new SplittableRandom(2);
    float[] series = new float[4_000];
    for (int i = 0; i < series.length; i++) {
      // A new amplitude and phase every 16 rows, so that nothing but the window tells them.
      if (i % 16 < 4) {
        series[i] = (float) random.nextDouble(-1, 1);
      } else {
        series[i] = -series[i - 4];
      }
    }
    int[] starts = new int[256 * 16];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = 16 * random.nextInt(series.length / 16 - 20);
    }
    NetworkSpec spec = spec(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 1, 24, 1);
    try (Kernels kernels = engine.open();
        EncoderDecoder model = EncoderDecoder.create(kernels, spec, 3);
        EncoderDecoderTrainer trainer =
            EncoderDecoderTrainer.builder(model, series, 8, 8, 16)
                .learningRate(0.01)
                .clipNorm(1)
                .startingAt(starts)
                .build()) {
      trainer.run(engine.isReference() ? 200 : 1_500);
      double squares = 0;
      double error = 0;
      for (int block = 0; block < 16; block++) {
        int start = 16 * (series.length / 16 - 17 + block);
        float[] window = Arrays.copyOfRange(series, start, start + 8);
        float[] said = model.predict(List.of(window), 8)[0];
        for (int step = 0; step < 8; step++) {
          double truth = series[start + 8 + step];
          squares += truth * truth;
          error += (said[step] - truth) * (said[step] - truth);
        }
      }
      double share = error / squares;
      System.out.printf("%s: %.4f of the variance is left%n", engine, share);
      assertTrue(share < (engine.isReference() ? 0.9 : 0.2), "share " + share);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Cell cell = new RnnCell(Activation.TANH);
    try (Kernels kernels = TestEngine.openJudge()) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              EncoderDecoder.create(
                  kernels, NetworkSpec.builder(2).layer(cell, 3).projection(1).build(), 1));
      NetworkSpec both = NetworkSpec.builder(1).bidirectionalLayer(cell, 3).projection(1).build();
      assertThrows(IllegalArgumentException.class, () -> EncoderDecoder.create(kernels, both, 1));
      assertEquals(0, kernels.allocatedBytes());
      try (EncoderDecoder model = EncoderDecoder.create(kernels, spec(cell, 1, 3, 1), 1, 2)) {
        assertThrows(
            IllegalArgumentException.class,
            () -> EncoderDecoderTrainer.builder(model, noise(8, 1), 5, 4, 1));
        assertThrows(IllegalArgumentException.class, () -> model.predict(List.of(noise(4, 1)), 3));
        assertThrows(
            IllegalArgumentException.class,
            () -> model.predict(List.of(noise(4, 1), noise(5, 1)), 3));
      }
    }
  }
}
