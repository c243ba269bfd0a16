package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast --resume}: killed, interrupted, and asked for something else. */
class ForecastResumeTest {
  private static final List<String> HEEDING_INTERRUPTS = List.of("env", "--default-signal=INT");
  private static final String AIRLINE = "airline-passengers.csv";
  private static final String CHECKPOINT = "checkpoint.safetensors";

  /** More of them are a matter of patience: {@code -Drefrain.kills=200}. */
  private static final int KILLS = Integer.getInteger("refrain.kills", 6);

  private static final int STEPS_A_KILL = 400;
  private static final int LATEST_KILL_MILLIS = 100;
  private static final int LATEST_START_MILLIS = 2_000;
  private static final long LONGEST_WAIT_MILLIS = 120_000;

  @TempDir private Path folder;

  @Test
  void killedRunsEndAsIfTheyHadNeverStopped() throws Exception {
    String small = " --units 4 --members 1 --quiet --steps " + STEPS_A_KILL * (KILLS + 1);
    Refrain.run(folder, words(AIRLINE, "--out whole" + small)).endedWith(0);
    assertFalse(Files.exists(checkpoint("whole")), "the checkpoint of a run that ended is left");
    String[] resuming = words(AIRLINE, "--checkpoint-every 3 --resume --out killed" + small);
    long seed = Long.getLong("refrain.seed", 1);
    Random random = new Random(seed);
    long last = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Refrain.Running running = Refrain.start(folder, List.of(), resuming);
      if (kill % 3 < 2) {
        awaitStep(running, checkpoint("killed"), last);
        Thread.sleep(random.nextInt(LATEST_KILL_MILLIS));
      } else {
        Thread.sleep(random.nextInt(LATEST_START_MILLIS));
      }
      assertTrue(running.process().isAlive(), "it ended before kill " + kill);
      running.process().destroyForcibly().waitFor();
      long step = Files.exists(checkpoint("killed")) ? step(checkpoint("killed")) : 0;
      assertTrue(step >= last, "set back from " + last + " to " + step);
      last = step;
    }
    assertTrue(last > 0, "no run came to its first checkpoint");
    // How often there are checkpoints has no say in the bits, but in how long this takes.
    Refrain.run(folder, words(AIRLINE, "--resume --out killed" + small)).endedWith(0);
    requireSame("whole", "killed");
    System.out.printf("%d kills (seed %d), the last at step %d%n", KILLS, seed, last);
  }

  @Test
  void ctrlCKeepsACheckpointThatResumeGoesOnFrom() throws Exception {
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    String small = " --units 4 --members 1 --out c --steps ";
    Refrain.Running running =
        Refrain.start(
            folder,
            HEEDING_INTERRUPTS,
            words(AIRLINE, "--transform log-difference" + small + "100000000"));
    awaitStep(running, checkpoint("c"), 0);
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
    awaitStep(running, checkpoint("e"), 0);
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
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    Refrain.Running running =
        Refrain.start(
            folder,
            HEEDING_INTERRUPTS,
            words(AIRLINE, "--units 256 --layers 3 --out v --device reference"));
    long begun = System.nanoTime();
    while (!Files.readString(running.err()).contains("validation: ")) {
      assertTrue(running.process().isAlive(), "it ended too early");
      assertTrue(System.nanoTime() - begun < LONGEST_WAIT_MILLIS * 1_000_000, "no validation");
      Thread.sleep(10);
    }
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("interrupted before training; nothing was written"), run::err);
    try (Stream<Path> left = Files.list(folder.resolve("v"))) {
      assertEquals(0, left.count(), "files are left over");
    }
  }

  @Test
  void anotherSeriesAndOtherOptionsAreRefused() throws Exception {
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    String small = "--units 4 --members 1 --transform difference --quiet --out r --steps 100000000";
    Refrain.Running running = Refrain.start(folder, HEEDING_INTERRUPTS, words(AIRLINE, small));
    awaitStep(running, checkpoint("r"), 0);
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
    Refrain.run(folder, words(AIRLINE, "--fleet --resume")).refused("--resume", "fleets");
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

  private static void awaitStep(Refrain.Running running, Path file, long step) throws Exception {
    long begun = System.nanoTime();
    while (!Files.exists(file) || step(file) <= step) {
      assertTrue(running.process().isAlive(), () -> "it ended too early");
      assertTrue(System.nanoTime() - begun < LONGEST_WAIT_MILLIS * 1_000_000, "no progress");
      Thread.sleep(5);
    }
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }

  private static String[] words(String file, String options) {
    return ("forecast " + file + " " + options.strip()).split(" +");
  }

  private static boolean envCanRestoreSignals() throws Exception {
    return new ProcessBuilder("env", "--default-signal=INT", "true")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }
}
