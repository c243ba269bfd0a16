package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SkipGramNceTest {
  private static final int WORDS = 60;
  private static final String TEXT = "pairs";

  @TempDir private Path folder;

  private static SkipGramSettings settings(RowsAdam.Mode rows) {
    return new SkipGramSettings(WORDS, 12, 16, 1, 2, 8, 0.02, rows, 7);
  }

  private static SkipGramSettings settings() {
    return settings(RowsAdam.Mode.DEFERRED);
  }

  /** Words come in pairs 2i, 2i+1, so that each predicts the other. */
  private static int[] text() {
    Random random = new Random(2);
    int[] ids = new int[4000];
    for (int i = 0; i < ids.length; i += 2) {
      int pair = random.nextInt(WORDS / 2);
      ids[i] = 2 * pair;
      ids[i + 1] = 2 * pair + 1;
    }
    return ids;
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#each")
  void aResumedRunEndsInTheSameBits(TestEngine engine) throws Exception {
    Path file = folder.resolve("state.safetensors");
    float[] whole;
    double mean;
    try (Kernels kernels = engine.open(1);
        SkipGramNce training = new SkipGramNce(kernels, settings(), text())) {
      training.run(150);
      whole = training.embeddings();
      mean = training.takeMeanLoss();
    }
    try (Kernels kernels = engine.open(2);
        SkipGramNce training = new SkipGramNce(kernels, settings(), text())) {
      training.run(30);
      training.embeddings();
      training.run(40);
      training.save(file, TEXT);
    }
    try (Kernels kernels = engine.open(3);
        SkipGramNce training = SkipGramNce.resume(kernels, settings(), text(), file, TEXT)) {
      assertEquals(70, training.step());
      training.run(80);
      assertArrayEquals(whole, training.embeddings());
      assertEquals(150, training.stepsOfMeanLoss());
      assertEquals(mean, training.takeMeanLoss(), 1e-12 * mean);
    }
  }

  @Test
  void wordsThatPredictEachOtherGetThere() {
    for (RowsAdam.Mode rows : RowsAdam.Mode.values()) {
      try (Kernels kernels = new TestEngine("reference").open();
          SkipGramNce training = new SkipGramNce(kernels, settings(rows), text())) {
        training.run(200);
        double early = training.takeMeanLoss();
        training.run(600);
        training.takeMeanLoss();
        training.run(200);
        assertTrue(training.takeMeanLoss() < 0.6 * early, rows.toString());
      }
    }
  }

  @Test
  void refusesTheStateOfAnotherTraining() throws Exception {
    Path file = folder.resolve("state.safetensors");
    try (Kernels kernels = new TestEngine("reference").open();
        SkipGramNce training = new SkipGramNce(kernels, settings(), text())) {
      training.run(2);
      training.save(file, TEXT);
      MalformedFileException text =
          assertThrows(
              MalformedFileException.class,
              () -> SkipGramNce.resume(kernels, settings(), text(), file, "other"));
      assertTrue(text.getMessage().contains("was trained on another text"), text.getMessage());
      MalformedFileException rows =
          assertThrows(
              MalformedFileException.class,
              () -> SkipGramNce.resume(kernels, settings(RowsAdam.Mode.LAZY), text(), file, TEXT));
      assertTrue(rows.getMessage().contains("was trained with other settings"), rows.getMessage());
    }
  }

  @Test
  void refusesMoreNegativesThanWords() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> SkipGramSettings.tutorial(63, 1));
    assertEquals(
        "64 different negatives cannot be drawn from a vocabulary of 63 words; give fewer",
        refused.getMessage());
  }
}
