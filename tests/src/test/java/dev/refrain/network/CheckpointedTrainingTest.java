package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointedTrainingTest {
  private static final float[] SERIES = Networks.numbers(60, 1);
  private static final NetworkSpec SPEC =
      NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 3).projection(1).build();

  @TempDir private Path folder;

  private static Trainer.Builder builder(Network network) {
    return Trainer.builder(network, SeriesWindows.shared(SERIES, 1, 5, 3)).seed(4);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aResumedRunEndsWithTheSameFile(TestEngine engine) throws Exception {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    try (Kernels kernels = engine.open()) {
      assertFalse(run(kernels, whole, 100, 17));
      assertFalse(run(kernels, parts, 4, 6));
      assertTrue(run(kernels, parts, 3, 11));
      assertTrue(run(kernels, parts, 100, 17));
    }
    assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(parts));
  }

  private static boolean run(Kernels kernels, Path file, long interval, int steps)
      throws Exception {
    try (Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = builder(network).build()) {
      CheckpointedTraining training =
          new CheckpointedTraining(trainer, file, interval, Map.of("remark", "kept"));
      boolean resumed = training.resume();
      training.train(steps, 2, progress -> {});
      assertEquals(steps, trainer.steps());
      return resumed;
    }
  }

  @Test
  void anInterruptedRunIsSavedAlsoWhenTheInterruptComesWhileItSaves() throws Exception {
    Path file = folder.resolve("interrupted");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = builder(network).build()) {
      CheckpointedTraining training = new CheckpointedTraining(trainer, file, 2, Map.of());
      assertThrows(
          InterruptedException.class,
          () ->
              training.train(
                  100,
                  1,
                  progress -> {
                    if (progress.step() == 4) {
                      // Right before the checkpoint of step 4.
                      Thread.currentThread().interrupt();
                    }
                  }));
      assertFalse(Thread.interrupted());
      assertEquals(4, trainer.steps());
    }
    assertTrue(Checkpoint.load(file).hasTraining());
    try (Kernels kernels = TestEngine.openJudge()) {
      assertTrue(run(kernels, file, 50, 9));
    }
  }

  @Test
  void parametersThatAreNotFiniteAreNeverSaved() throws Exception {
    Path file = folder.resolve("diverging");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = builder(network).optimizer(new Sgd()).build()) {
      CheckpointedTraining training = new CheckpointedTraining(trainer, file, 1, Map.of());
      training.train(3, 1, progress -> {});
      byte[] good = Files.readAllBytes(file);
      assertThrows(
          NonFiniteLossException.class,
          () ->
              training.train(
                  9,
                  1,
                  progress ->
                      network.write(0, ParameterLayout.OUTPUT_BIAS, new float[] {Float.NaN})));
      assertArrayEquals(good, Files.readAllBytes(file));
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsNamed() throws Exception {
    Path file = folder.resolve("absent").resolve("checkpoint");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SPEC, 1);
        Trainer trainer = builder(network).build()) {
      CheckpointedTraining training = new CheckpointedTraining(trainer, file, 1, Map.of());
      String message =
          assertThrows(IOException.class, () -> training.train(3, 1, progress -> {})).getMessage();
      assertTrue(message.startsWith("cannot write " + file), message);
      assertThrows(
          IllegalArgumentException.class,
          () -> new CheckpointedTraining(trainer, file, 0, Map.of()));
    }
  }
}
