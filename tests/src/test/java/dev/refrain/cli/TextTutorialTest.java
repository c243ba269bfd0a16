package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tutorial text}: killed, interrupted, run away, and gone on with. */
class TextTutorialTest {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String OPTIONS = " --neurons 8 --window 8 --batch 4 --length 20";
  private static final int KILLS = 4;

  @TempDir private Path folder;

  @BeforeEach
  void writeText() throws IOException {
    Files.writeString(folder.resolve("t.txt"), "what recurs is a refrain;\n".repeat(60));
  }

  @Test
  void aKilledRunGoesOnAsIfItHadNeverStopped() throws Exception {
    Random random = new Random(5);
    Path file = folder.resolve("k").resolve(CHECKPOINT);
    long step = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Refrain.Running running =
          Refrain.start(
              folder,
              List.of(),
              words("--out k --iterations 100000000 --checkpoint-every 7 --resume" + OPTIONS));
      long before = step;
      running.until("progress", () -> Files.exists(file) && step(file) > before);
      Thread.sleep(random.nextInt(100));
      running.process().destroyForcibly().waitFor();
      step = step(file);
      assertTrue(step > before, "the checkpoint stands at " + step);
    }
    // What is trained comes from the checkpoint; only what comes after it is asked for.
    String end = " --json --iterations " + (step + 150);
    Refrain.inside(folder, words("--out k --resume --length 20" + end)).endedWith(0);
    Refrain.inside(folder, words("--out whole" + OPTIONS + end)).endedWith(0);
    for (String name : List.of("model.safetensors", CHECKPOINT, "text.txt", "losses.svg")) {
      assertEquals(
          -1,
          Files.mismatch(folder.resolve("k").resolve(name), folder.resolve("whole").resolve(name)),
          name);
    }
    try (Stream<Path> left = Files.list(folder.resolve("k"))) {
      assertFalse(left.anyMatch(each -> each.toString().endsWith(".part")));
    }
  }

  @Test
  void ctrlCKeepsACheckpoint() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words("--out c --iterations 100000000" + OPTIONS));
    running.until("training", () -> Files.readString(running.out()).contains("100\tbits per"));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    Path file = folder.resolve("c").resolve(CHECKPOINT);
    long step = step(file);
    assertTrue(
        run.err().contains("interrupted after iteration " + step + " of 100000000"), run.err());
    assertTrue(run.err().contains("c/" + CHECKPOINT), run.err());
    assertTrue(run.err().contains("--resume"), run.err());
    assertEquals(1, run.said().size(), run.err());
    assertFalse(Files.exists(folder.resolve("c/model.safetensors")));
    Refrain again = Refrain.interruptedInside(folder, "resumed after", words("--out c --resume"));
    assertTrue(again.err().contains("after iteration " + step + " of 100000000"), again.err());
    Refrain resumed =
        Refrain.inside(folder, words("--out c --resume --length 5 --iterations " + (step + 1)))
            .endedWith(0);
    assertTrue(resumed.out().contains("resumed after iteration " + step), resumed.out());
    assertEquals(step + 1, step(file));
  }

  @Test
  void ctrlCWhileItWritesKeepsTheTraining() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, words("--out w --iterations 2 --neurons 8 --window 8 --length 200000000"));
    running.until("the last checkpoint", () -> Files.exists(folder.resolve("w/" + CHECKPOINT)));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("interrupted after the training"), run.err());
    assertFalse(Files.exists(folder.resolve("w/text.txt")));
  }

  /** Weights grow until their products exceed float32, some hundred steps later. */
  @Test
  void aTrainingThatRunsAwayKeepsItsLastGoodCheckpoint() throws Exception {
    String options =
        "--out d --checkpoint-every 50 --learning-rate 6e36 --iterations 100000" + OPTIONS;
    Refrain run = Refrain.inside(folder, words(options)).endedWith(1);
    assertTrue(run.err().contains("learning rate"), run.err());
    Path file = folder.resolve("d").resolve(CHECKPOINT);
    assertTrue(run.err().contains("last good checkpoint is kept in " + file), run.err());
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (float weight : tensors.floats("output.weight")) {
        assertTrue(Float.isFinite(weight), "weight " + weight);
      }
    }
    assertFalse(Files.exists(folder.resolve("d/model.safetensors")));
  }

  @Test
  void whatCannotBeResumedIsRefused() throws Exception {
    Refrain.inside(folder, words("--out r --iterations 2" + OPTIONS)).endedWith(0);
    Refrain.inside(folder, words("--out r")).refused(CHECKPOINT, "--resume");
    Refrain.inside(folder, words("--out r --resume --neurons 9")).refused("--neurons 8", "not 9");
    Path text = folder.resolve("t.txt");
    Files.writeString(text, Files.readString(text) + "and more");
    Refrain.inside(folder, words("--out r --resume")).refused("another text", "1568 characters");
    Files.writeString(folder.resolve("r").resolve(CHECKPOINT), "#!/bin/sh");
    Refrain.inside(folder, words("--out r --resume")).refused("safetensors");
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }

  private static String[] words(String options) {
    return ("tutorial text t.txt " + options.strip()).split(" +");
  }
}
