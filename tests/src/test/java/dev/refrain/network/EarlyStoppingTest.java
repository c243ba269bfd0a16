package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Sgd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Training of noise, which is soon learnt by heart: the tail is predicted ever worse. */
class EarlyStoppingTest {
  private static final float[] NOISE = Networks.numbers(60, 9);
  private static final float[] HEAD = Arrays.copyOf(NOISE, 40);
  private static final float[] TAIL = Arrays.copyOfRange(NOISE, 32, 60);
  private static final NetworkSpec SPEC =
      NetworkSpec.builder(1)
          .layer(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 12)
          .projection(1)
          .build();
  private static final int MOST_STEPS = 600;

  @TempDir private Path folder;

  private static Trainer trainer(Network network, long... seeds) {
    return Trainer.builder(network, SeriesWindows.shared(HEAD, 1, 8, 8))
        .learningRate(0.03)
        .seed(seeds)
        .build();
  }

  private static Evaluation tail(Network network) {
    return Evaluation.of(network, SeriesWindows.shared(TAIL, 1, 8, 8), Loss.MSE);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void trainingEndsOnceTheTailIsPredictedWorseAndTheBestIsKept(TestEngine engine) throws Exception {
    Path file = folder.resolve("best.safetensors");
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = trainer(network, 5);
        Evaluation tail = tail(network)) {
      EarlyStopping stopping =
          new EarlyStopping(trainer, tail::losses, 4).saving(file, Map.of("kept", "yes"));
      List<Double> seen = new ArrayList<>();
      trainer.train(MOST_STEPS, 10, stopping.andThen(progress -> seen.add(tail.losses()[0])));
      assertTrue(trainer.steps() < MOST_STEPS, () -> trainer.steps() + " steps were taken");
      double least = seen.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
      int at = seen.indexOf(least);
      assertEquals(least, stopping.leastError(0), 0);
      assertEquals(10L * (at + 1), stopping.bestStep(0));
      // Four looks after the best one, and not one more.
      assertEquals(at + 5, seen.size());
      assertTrue(tail.losses()[0] > least, "the last is the best");
      stopping.restore();
      assertArrayEquals(new double[] {least}, tail.losses());
      Checkpoint best = Checkpoint.load(file);
      assertEquals("yes", best.config().get("kept"));
      try (Network loaded = best.network(kernels)) {
        assertArrayEquals(network.read(0), loaded.read(0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void eachGroupEndsAsIfAlone(TestEngine engine) throws Exception {
    long[] seeds = {1, 2, 3};
    try (Kernels kernels = engine.open();
        Network together = Network.create(kernels, SPEC, seeds);
        Trainer all = trainer(together, seeds);
        Evaluation tails = tail(together)) {
      EarlyStopping each = new EarlyStopping(all, tails::losses, 2);
      all.train(MOST_STEPS, 5, each);
      each.restore();
      for (int g = 0; g < seeds.length; g++) {
        try (Network network = Network.create(kernels, SPEC, seeds[g]);
            Trainer alone = trainer(network, seeds[g]);
            Evaluation tail = tail(network)) {
          EarlyStopping stopping = new EarlyStopping(alone, tail::losses, 2);
          alone.train(MOST_STEPS, 5, stopping);
          stopping.restore();
          assertArrayEquals(network.read(0), together.read(g), "group " + g);
          assertEquals(stopping.bestStep(0), each.bestStep(g));
          assertEquals(alone.steps(), all.state().read(g).step());
        }
      }
    }
  }

  /** The judge computes in doubles, of which floats would leave out the last digits. */
  @Test
  void theBestAreKeptToTheBits() throws Exception {
    Path file = folder.resolve("best.safetensors");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = trainer(network, 5)) {
      double[] error = {1};
      EarlyStopping stopping = new EarlyStopping(trainer, () -> error, 2).saving(file, Map.of());
      trainer.run(2);
      stopping.look();
      double[] best = network.values().readDoubles();
      trainer.run(1);
      error[0] = 2;
      stopping.look();
      stopping.restore();
      assertArrayEquals(best, network.values().readDoubles(), 0);
      try (Network loaded = Checkpoint.load(file).network(kernels)) {
        assertArrayEquals(best, loaded.values().readDoubles(), 0);
      }
    }
  }

  /**
   * Broken off at each look, with checkpoints of every second: some looks are repeated, in some
   * runs a group has ended already, or ends in a look that the checkpoint does not know of.
   */
  @Test
  void aTrainingThatIsResumedKeepsItsBestAndEndsAsIfItHadNeverStopped() throws Exception {
    Path whole = folder.resolve("whole.safetensors");
    int looks;
    try (Kernels kernels = TestEngine.openJudge()) {
      looks = (int) (train(kernels, "whole", Long.MAX_VALUE) / 2);
      assertTrue(looks > 5, looks + " looks");
      for (int look = 3; look < looks; look++) {
        String name = "parts" + look;
        train(kernels, name, look * 2L);
        double before = leastKept(name);
        train(kernels, name, Long.MAX_VALUE);
        assertEquals(-1, Files.mismatch(whole, folder.resolve(name + ".safetensors")), name);
        assertTrue(leastKept(name) <= before);
      }
    }
  }

  private double leastKept(String name) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    String errors = Checkpoint.load(file).config().get("best.errors");
    return Double.parseDouble(errors.split(" ", -1)[0]);
  }

  /** Steps taken in all; at a step it breaks off after the look and before the checkpoint. */
  private long train(Kernels kernels, String name, long breakAt) throws Exception {
    try (Network network = Network.create(kernels, SPEC, 1, 2);
        Trainer trainer = trainer(network, 1, 2);
        Evaluation tail = tail(network)) {
      CheckpointedTraining training =
          new CheckpointedTraining(trainer, folder.resolve(name + ".latest"), 4, Map.of());
      EarlyStopping stopping =
          new EarlyStopping(trainer, tail::losses, 6)
              .saving(folder.resolve(name + ".safetensors"), Map.of());
      assertEquals(training.resume(), stopping.resume());
      TrainingListener broken =
          progress -> {
            if (progress.step() == breakAt) {
              throw new IllegalStateException("broken off");
            }
          };
      try {
        training.train(MOST_STEPS, 2, stopping.andThen(broken));
        stopping.restore();
        try (Network best =
            Checkpoint.load(folder.resolve(name + ".safetensors")).network(kernels)) {
          assertArrayEquals(best.values().readDoubles(), network.values().readDoubles(), 0);
        }
      } catch (IllegalStateException e) {
        assertEquals("broken off", e.getMessage());
      }
      return trainer.steps();
    }
  }

  @Test
  void aFileThatSaysNothingOfLooksIsNotResumed() throws Exception {
    Path file = folder.resolve("other.safetensors");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = trainer(network, 5)) {
      EarlyStopping stopping = new EarlyStopping(trainer, () -> new double[1], 2);
      assertThrows(IllegalStateException.class, stopping::resume);
      stopping.saving(file, Map.of());
      trainer.run(1);
      assertFalse(stopping.resume(), "there is no file");
      Checkpoint.save(file, network, Map.of());
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, stopping::resume);
      assertTrue(e.getMessage().contains("does not say how good"), e.getMessage());
    }
  }

  /** The looks before the loss has grown beyond all numbers are worth keeping. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void aLearningRateThatDivergesLeavesTheLastGoodCheckpoints(TestEngine engine) throws Exception {
    Path best = folder.resolve("best.safetensors");
    Path latest = folder.resolve("latest.safetensors");
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.IDENTITY), 4).projection(1).build();
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(HEAD, 1, 8, 8))
                .optimizer(new Sgd())
                .learningRate(3)
                .build();
        Evaluation tail = tail(network)) {
      double untrained = tail.losses()[0];
      EarlyStopping stopping =
          new EarlyStopping(trainer, tail::losses, 1_000).saving(best, Map.of());
      CheckpointedTraining training = new CheckpointedTraining(trainer, latest, 1, Map.of());
      List<byte[]> files = new ArrayList<>();
      NonFiniteLossException e =
          assertThrows(
              NonFiniteLossException.class,
              () ->
                  training.train(
                      MOST_STEPS,
                      1,
                      stopping.andThen(
                          progress -> {
                            if (Files.exists(latest)) {
                              files.add(bytes(latest));
                            }
                          })));
      assertTrue(e.getMessage().contains("lower the learning rate (3.0)"), e.getMessage());
      assertTrue(files.size() >= 2, "it diverged before anything was kept");
      // The last good step's own file came after its report.
      assertFalse(Arrays.equals(files.get(files.size() - 1), bytes(latest)));
      try (Network loaded = Checkpoint.load(latest).network(kernels)) {
        assertFinite(loaded.read(0));
      }
      assertTrue(Double.isFinite(stopping.leastError(0)));
      stopping.restore();
      assertEquals(stopping.leastError(0), tail.losses()[0], 0);
      try (Network loaded = Checkpoint.load(best).network(kernels)) {
        assertArrayEquals(network.read(0), loaded.read(0));
        assertFinite(loaded.read(0));
      }
      assertTrue(Double.isFinite(untrained));
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertFinite(float[] parameters) {
    for (float value : parameters) {
      assertTrue(Float.isFinite(value), Arrays.toString(parameters));
    }
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheTraining() throws Exception {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = trainer(network, 5);
        Evaluation tail = tail(network)) {
      EarlyStopping stopping =
          new EarlyStopping(trainer, tail::losses, 2)
              .saving(folder.resolve("absent").resolve("best"), Map.of());
      long before = kernels.allocatedBytes();
      UncheckedIOException e =
          assertThrows(UncheckedIOException.class, () -> trainer.train(5, 1, stopping));
      assertTrue(e.getMessage().contains("absent"), e.getMessage());
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @Test
  void valuesThatDoNotFitAreRefused() throws Exception {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = trainer(network, 5)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> new EarlyStopping(trainer, () -> new double[1], 0));
      assertTrue(e.getMessage().contains("patience is 0"), e.getMessage());
      EarlyStopping two = new EarlyStopping(trainer, () -> new double[2], 1);
      e = assertThrows(IllegalArgumentException.class, () -> trainer.train(1, 1, two));
      assertTrue(e.getMessage().contains("2 errors for 1 group"), e.getMessage());
      EarlyStopping unseen = new EarlyStopping(trainer, () -> new double[1], 1);
      float[] before = network.read(0);
      unseen.restore();
      assertArrayEquals(before, network.read(0));
      assertEquals(0, unseen.bestStep(0));
    }
  }
}
