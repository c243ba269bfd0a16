package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast --resume}: killed, interrupted, and asked for something else. */
class ForecastResumeTest {
  private static final String AIRLINE = "airline-passengers.csv";
  private static final String CHECKPOINT = "checkpoint.safetensors";

  /** More of them are a matter of patience: {@code -Drefrain.kills=200}. */
  private static final int KILLS = Integer.getInteger("refrain.kills", 6);

  private static final int STEPS_A_KILL = 400;

  @TempDir private Path folder;

  @Test
  void killedRunsEndAsIfTheyHadNeverStopped() throws Exception {
    String small = " --units 4 --members 1 --quiet --steps " + STEPS_A_KILL * (KILLS + 1);
    Refrain.run(folder, words(AIRLINE, "--out whole" + small)).endedWith(0);
    assertFalse(Files.exists(checkpoint("whole")), "the checkpoint of a run that ended is left");
    new Kills(
            folder,
            List.of(words(AIRLINE, "--checkpoint-every 3 --resume --out killed" + small)),
            checkpoint("killed"))
        .run(KILLS, () -> requireSame("whole", "killed"));
    // How often there are checkpoints has no say in the bits, but in how long this takes.
    Refrain.run(folder, words(AIRLINE, "--resume --out killed" + small)).endedWith(0);
    requireSame("whole", "killed");
  }

  @Test
  void ctrlCKeepsACheckpointThatResumeGoesOnFrom() throws Exception {
    String small = " --units 4 --members 1 --out c --steps ";
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, words(AIRLINE, "--transform log-difference" + small + "100000000"));
    running.until("its first checkpoint", () -> Files.exists(checkpoint("c")));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    long step = step(checkpoint("c"));
    assertTrue(run.err().contains("after step " + step + " of 100000000"), run::err);
    assertTrue(run.err().contains("--resume"), run::err);
    // The learning rate falls with all the steps there are to be, so that others give other bits.
    Refrain resumed =
        Refrain.run(
                folder,
                words(AIRLINE, "--transform log-difference --resume --json" + small + (step + 20)))
            .endedWith(0);
    assertEquals(step, resumed.json().get("resumedAfter").getAsLong());
    assertEquals(step + 20, resumed.json().get("steps").getAsLong());
    assertTrue(resumed.err().contains("going on after step " + step), resumed::err);
    assertFalse(Files.exists(checkpoint("c")));
  }

  @Test
  void goingOnOnAnotherEngineIsSaid() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder,
            words(
                AIRLINE,
                "--transform log-difference --units 4 --members 1 --out e --device reference"
                    + " --checkpoint-every 1 --steps 100000000"));
    running.until("its first checkpoint", () -> Files.exists(checkpoint("e")));
    running.interrupt();
    running.await().endedWith(130);
    long step = step(checkpoint("e"));
    Refrain run =
        Refrain.run(
                folder,
                words(
                    AIRLINE,
                    "--transform log-difference --units 4 --members 1 --out e --device reference"
                        + " --precision fp64 --quiet --resume --steps "
                        + (step + 1)))
            .endedWith(0);
    assertTrue(run.err().contains("trained on reference java FP32"), run::err);
    assertTrue(run.err().contains("goes on on reference java FP64"), run::err);
  }

  /** What would have been chosen is not known then, so that there is nothing to go on from. */
  @Test
  void ctrlCInValidationLeavesNoCheckpoint() throws Exception {
    // A validation takes 300 steps, whatever --steps says; it is first told of after two seconds.
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, words(AIRLINE, "--units 32 --device reference --out v"));
    running.until("validation", () -> Files.readString(running.err()).contains("validation: "));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("interrupted before training; nothing was written"), run::err);
    try (Stream<Path> left = Files.list(folder.resolve("v"))) {
      assertEquals(0, left.count(), "files are left over");
    }
  }

  @Test
  void anotherSeriesAndOtherOptionsAreRefused() throws Exception {
    String small = "--units 4 --members 1 --transform difference --quiet --out r --steps 100000000";
    Refrain.Running running = Refrain.startHeedingInterrupts(folder, words(AIRLINE, small));
    running.until("its first checkpoint", () -> Files.exists(checkpoint("r")));
    running.interrupt();
    running.await().endedWith(130);
    byte[] kept = Files.readAllBytes(checkpoint("r"));
    String resuming = small + " --resume ";
    Refrain.run(folder, words(AIRLINE, small)).refused(CHECKPOINT, "--resume", "--out");
    Refrain.run(folder, words(AIRLINE, resuming + "--units 5")).refused("units 4", "not 5");
    Refrain.run(folder, words(AIRLINE, resuming + "--seed 2")).refused("seed 1", "not 2");
    Refrain.run(folder, words(AIRLINE, resuming + "--batch 8")).refused("batch 32", "not 8");
    Refrain.run(folder, words(AIRLINE, resuming + "--loss mae")).refused("loss", "MAE");
    Refrain.run(folder, words(AIRLINE, resuming + "--season 4")).refused("season 12", "not 4");
    Refrain.run(folder, words(AIRLINE, resuming + "--learning-rate 0.1"))
        .refused("learning rate 0.005", "not 0.1");
    Refrain.run(folder, words("monthly-milk-production.csv", resuming)).refused("Passengers");
    Files.writeString(folder.resolve("other.csv"), "Passengers\n" + "1\n2\n3\n5\n8\n".repeat(30));
    Refrain.run(folder, words("other.csv", resuming + "--season 12")).refused("another series");
    assertArrayEquals(kept, Files.readAllBytes(checkpoint("r")));
    Files.write(checkpoint("r"), List.of("#!/bin/sh"));
    Refrain.run(folder, words(AIRLINE, resuming)).refused("safetensors");
  }

  private Path checkpoint(String out) {
    return folder.resolve(out).resolve(CHECKPOINT);
  }

  private void requireSame(String left, String right) throws IOException {
    List<String> names =
        List.of("forecast.csv", "forecast.png", "forecast.svg", "model.safetensors");
    for (String name : names) {
      assertEquals(
          -1,
          Files.mismatch(folder.resolve(left).resolve(name), folder.resolve(right).resolve(name)),
          name);
    }
    for (String out : List.of(left, right)) {
      try (Stream<Path> files = Files.list(folder.resolve(out))) {
        assertFalse(files.anyMatch(each -> each.toString().endsWith(".part")), out);
      }
    }
    assertFalse(Files.exists(checkpoint(right)));
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }

  private static String[] words(String file, String options) {
    return ("forecast " + file + " " + options.strip()).split(" +");
  }
}
