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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tutorial seq2seq}: killed, interrupted, and gone on with. */
class Seq2SeqTutorialTest {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String OPTIONS = " --neurons 4 --members 2 --batch 4";
  private static final int KILLS = 3;

  @TempDir private Path folder;

  /** It has so many iterations that it cannot end before it is killed. */
  @Test
  void aKilledRunGoesOnAsIfItHadNeverStopped() throws Exception {
    String options = "--iterations 2000000000 --checkpoint-every 7 --resume" + OPTIONS;
    Random random = new Random(5);
    Path file = folder.resolve("k").resolve(CHECKPOINT);
    long step = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Refrain.Running running = Refrain.start(folder, List.of(), words("--out k " + options));
      long before = step;
      running.until("progress", () -> Files.exists(file) && step(file) > before);
      Thread.sleep(random.nextInt(50));
      running.process().destroyForcibly().waitFor();
      step = step(file);
      assertTrue(step > before, "the checkpoint stands at " + step);
    }
    String said = "\n" + (step / 100 + 1) * 100 + "\tMSE";
    Refrain.interruptedInside(folder, said, words("--out k " + options));
    Refrain.interruptedInside(folder, said, words("--out whole " + options));
    assertTrue(step(file) > step, "it did not go on");
    assertEquals(-1, Files.mismatch(file, folder.resolve("whole").resolve(CHECKPOINT)));
  }

  @Test
  void aStoppedRunGoesOnToTheSameFiles() throws Exception {
    String options = " --iterations 230" + OPTIONS;
    Refrain.inside(folder, words("--out whole" + options)).endedWith(0);
    Refrain.interruptedInside(folder, "\n100\tMSE", words("--out k" + options));
    assertFalse(Files.exists(folder.resolve("k/model.safetensors")));
    Refrain.inside(folder, words("--out k --resume")).endedWith(0);
    for (String name :
        List.of("model.safetensors", CHECKPOINT, "forecast.csv", "losses.svg", "run.json")) {
      assertEquals(
          -1,
          Files.mismatch(folder.resolve("k").resolve(name), folder.resolve("whole").resolve(name)),
          name);
    }
  }

  @Test
  void ctrlCKeepsACheckpoint() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words("--out c --iterations 10000000" + OPTIONS));
    running.until("training", () -> Files.readString(running.out()).contains("100\tMSE"));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    long step = step(folder.resolve("c").resolve(CHECKPOINT));
    assertTrue(
        run.err().contains("interrupted after iteration " + step + " of 10000000"), run.err());
    assertTrue(run.err().contains("--resume"), run.err());
    assertFalse(Files.exists(folder.resolve("c/model.safetensors")));
  }

  @Test
  void goingOnOnAnotherEngineIsSaid() throws Exception {
    Refrain.inside(folder, words("--device reference --out e --iterations 2" + OPTIONS))
        .endedWith(0);
    Refrain same = Refrain.run(folder, words("--resume --device reference --out e")).endedWith(0);
    assertFalse(same.err().contains("bit for bit"), same.err());
    Refrain other =
        Refrain.run(folder, words("--resume --device reference --precision fp64 --out e"))
            .endedWith(0);
    assertTrue(other.err().contains("trained on reference java FP32"), other.err());
    assertTrue(other.err().contains("goes on on reference java FP64"), other.err());
  }

  @Test
  void whatCannotBeResumedIsRefused() throws Exception {
    Refrain.inside(folder, words("--out r --iterations 2" + OPTIONS)).endedWith(0);
    Refrain.inside(folder, words("--out r")).refused(CHECKPOINT, "--resume");
    // The learning rate falls along a curve over all iterations.
    Refrain.inside(folder, words("--out r --resume --iterations 3"))
        .refused("--iterations 2", "not 3");
    Refrain.inside(folder, words("airline-passengers.csv --out r --resume"))
        .refused("another series", "132 rows");
    Files.writeString(folder.resolve("r").resolve(CHECKPOINT), "#!/bin/sh");
    Refrain.inside(folder, words("--out r --resume")).refused("safetensors");
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }

  private static String[] words(String options) {
    return ("tutorial seq2seq " + options.strip()).split(" +");
  }
}
