package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pairs of networks in files, on every engine, the emulated one among them. */
class EncoderDecoderCheckpointTest {
  private static final int WINDOW = 5;
  private static final int HORIZON = 3;
  private static final NetworkSpec SPEC =
      NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 4).projection(1).build();

  @TempDir private Path folder;

  static Stream<TestEngine> engines() {
    return TestEngines.all();
  }

  private static EncoderDecoderTrainer trainer(EncoderDecoder model) {
    return EncoderDecoderTrainer.builder(model, Networks.numbers(40, 3), WINDOW, HORIZON, 4)
        .learningRate(0.01, 0.02)
        .clipNorm(1)
        .seed(5, 6)
        .historyLength(20)
        .build();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aTrainingGoesOnBitForBit(TestEngine engine) throws Exception {
    Path file = folder.resolve("c.safetensors");
    Path straight = folder.resolve("straight.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    try (Kernels kernels = engine.open();
        EncoderDecoder model = EncoderDecoder.create(kernels, SPEC, 1, 2);
        EncoderDecoderTrainer trainer = trainer(model)) {
      CheckpointedTraining training = new CheckpointedTraining(trainer, file, 4, Map.of("a", "b"));
      assertFalse(training.resume());
      training.train(7, 2, progress -> {});
      trainer.run(6);
      EncoderDecoderCheckpoint.save(straight, trainer, Map.of());
    }
    try (Kernels kernels = engine.open();
        EncoderDecoder model = EncoderDecoder.create(kernels, SPEC, 8, 9);
        EncoderDecoderTrainer trainer = trainer(model)) {
      assertTrue(new CheckpointedTraining(trainer, file, 4, Map.of()).resume());
      assertEquals(7, trainer.steps());
      trainer.run(6);
      EncoderDecoderCheckpoint.save(resumed, trainer, Map.of());
    }
    assertEquals(Map.of("a", "b"), EncoderDecoderCheckpoint.load(file).config());
    assertEquals(-1, Files.mismatch(straight, resumed));
    try (Kernels kernels = engine.open()) {
      assertEquals(Checkpoint.engineOf(kernels), EncoderDecoderCheckpoint.load(file).engine());
      assertEquals(Checkpoint.engineOf(kernels), Checkpoint.engineOf(file));
    }
  }

  @Test
  void whatIsSavedPredictsTheSame() throws IOException {
    Path file = folder.resolve("m.safetensors");
    List<float[]> windows = List.of(Networks.numbers(WINDOW, 8), Networks.numbers(WINDOW, 9));
    try (Kernels kernels = TestEngine.openJudge();
        EncoderDecoder model = EncoderDecoder.create(kernels, SPEC, 1, 2)) {
      EncoderDecoderCheckpoint.save(file, model, Map.of("name", "value"));
      EncoderDecoderCheckpoint read = EncoderDecoderCheckpoint.load(file);
      assertEquals(SPEC, read.spec());
      assertEquals(2, read.groups());
      assertFalse(read.hasTraining());
      assertEquals(Map.of("name", "value"), Checkpoint.configOf(file));
      try (EncoderDecoder second = read.model(kernels)) {
        assertArrayEquals(model.predict(windows, 6), second.predict(windows, 6));
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    Path pairs = folder.resolve("pairs.safetensors");
    Path one = folder.resolve("one.safetensors");
    try (Kernels kernels = TestEngine.openJudge();
        EncoderDecoder model = EncoderDecoder.create(kernels, SPEC, 1, 2);
        EncoderDecoderTrainer trainer = trainer(model)) {
      EncoderDecoderCheckpoint.save(pairs, model, Map.of());
      Checkpoint.save(one, model.decoder(), Map.of());
      refuses("EncoderDecoderCheckpoint", () -> Checkpoint.load(pairs));
      refuses("read it with Checkpoint", () -> EncoderDecoderCheckpoint.load(one));
      EncoderDecoderCheckpoint alone = EncoderDecoderCheckpoint.load(pairs);
      assertThrows(IllegalArgumentException.class, () -> alone.resume(trainer));
      EncoderDecoderCheckpoint.save(pairs, trainer, Map.of());
      EncoderDecoderCheckpoint trained = EncoderDecoderCheckpoint.load(pairs);
      try (EncoderDecoderTrainer other =
          EncoderDecoderTrainer.builder(model, Networks.numbers(40, 3), WINDOW, HORIZON, 4)
              .optimizer(new Sgd())
              .build()) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> trained.resume(other)).getMessage();
        assertTrue(message.contains("optimizer"), message);
      }
      try (EncoderDecoder fewer = EncoderDecoder.create(kernels, SPEC, 1);
          EncoderDecoderTrainer other =
              EncoderDecoderTrainer.builder(fewer, Networks.numbers(40, 3), WINDOW, HORIZON, 4)
                  .build()) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> trained.resume(other)).getMessage();
        assertTrue(message.contains("number of groups"), message);
      }
    }
  }

  private static void refuses(String word, org.junit.jupiter.api.function.Executable executable) {
    String message = assertThrows(MalformedFileException.class, executable).getMessage();
    assertTrue(message.contains(word), message);
  }
}
