package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast --fleet --resume}: killed, interrupted, and asked for something else. */
class FleetResumeCommandTest {
  /** More of them are a matter of patience: {@code -Drefrain.kills=200}. */
  private static final int KILLS = Integer.getInteger("refrain.kills", 4);

  /** Series whose lengths give each a window, and so a launch, of its own. */
  private static final int LAUNCHES = 24;

  private static final int SHORTEST = 50;
  private static final int TEST_ROWS = 4;
  private static final int LATEST_KILL_MILLIS = 60;
  private static final int LATEST_START_MILLIS = 1_500;

  private static final int SIGKILL = 128 + 9;

  /** Of a run; where there are fewer, the next is given more to do. */
  private static final int FEWEST_KILLS = 3;

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    StringBuilder text = new StringBuilder("shop,sales\n");
    for (int series = 0; series < LAUNCHES; series++) {
      for (int t = 0; t < SHORTEST + 2 * series + TEST_ROWS; t++) {
        text.append(String.format(Locale.ROOT, "shop %d,%d%n", series, 40 + t * (5 + series) % 13));
      }
    }
    Files.writeString(folder.resolve("shops.csv"), text);
  }

  /** Runs that end before they are killed do not count. */
  @Test
  void killedRunsEndAsIfTheyHadNeverStopped() throws Exception {
    long seed = Long.getLong("refrain.seed", 1);
    Random random = new Random(seed);
    int kills = 0;
    int steps = 300;
    for (int round = 0; kills < KILLS; round++) {
      String out = "killed" + round;
      int before = kills;
      int learnt = 0;
      boolean ended = false;
      while (kills < KILLS && !ended) {
        Refrain.Running running = Refrain.start(folder, List.of(), words(steps, out, "--resume"));
        if (kills % 3 == 2) {
          Thread.sleep(random.nextInt(LATEST_START_MILLIS));
        } else {
          ended = endedBefore(running, out, learnt);
          Thread.sleep(ended ? 0 : random.nextInt(LATEST_KILL_MILLIS));
        }
        int code = running.process().destroyForcibly().waitFor();
        // The checkpoint is deleted at the end, after which a run may still be killed on its way
        // out.
        ended = code != SIGKILL || (learnt > 0 && !Files.exists(checkpoint(out)));
        if (!ended) {
          int now = learnt(out);
          assertTrue(now >= learnt, "set back from " + learnt + " to " + now);
          learnt = now;
          kills++;
        }
      }
      if (!ended) {
        Refrain.run(folder, words(steps, out, "--resume")).endedWith(0);
      }
      Refrain.run(folder, words(steps, "whole" + round)).endedWith(0);
      requireSame("whole" + round, out);
      steps *= kills - before < FEWEST_KILLS ? 2 : 1;
    }
    System.out.printf("%d kills (seed %d)%n", kills, seed);
  }

  /** Waits until more series are learnt than before, or the run has ended. */
  private boolean endedBefore(Refrain.Running running, String out, int before) throws Exception {
    while (running.process().isAlive()) {
      if (learnt(out) > before) {
        return false;
      }
      Thread.sleep(3);
    }
    return true;
  }

  @Test
  void ctrlCKeepsWhatWasLearntAndOthersAreRefused() throws Exception {
    // Far more than can be learnt before the interrupt comes.
    int steps = 40_000;
    Refrain.Running running = Refrain.startHeedingInterrupts(folder, words(steps, "c"));
    running.until("its first launch", () -> Files.exists(checkpoint("c")));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    int learnt = learnt("c");
    assertTrue(learnt < LAUNCHES, "it was given too little to do");
    assertTrue(
        run.err().contains("written holds " + learnt + " of " + LAUNCHES + " series"), run::err);
    assertTrue(run.err().contains("go on with --resume"), run::err);
    assertTrue(
        Files.readString(folder.resolve("c/fleet-metrics.csv")).contains("training was interrupt"));
    assertEquals(learnt, files("c").stream().filter(name -> name.startsWith("models")).count());

    byte[] kept = Files.readAllBytes(checkpoint("c"));
    try (Session session = Session.in(folder)) {
      session.run(words(steps, "c")).refused("fleet-checkpoint", "add --resume", "--out");
      String resuming = "--resume ";
      session.run(words(steps + 1, "c", resuming)).refused("steps 40000", "not 40001");
      session.run(words(steps, "c", resuming + "--seed 2")).refused("'shop 0'", "seed 1", "not 2");
      session.run(words(steps, "c", resuming + "--units 5")).refused("units 4", "not 5");
      session.run(words(steps, "c", resuming + "--loss mae")).refused("loss", "MAE");
      session.run(words(steps, "c", resuming + "--global")).refused("--resume", "--global");
      session
          .run(words(steps, "c", resuming + "--checkpoint-every 5"))
          .refused("--checkpoint-every", "fleets");
      String text = Files.readString(folder.resolve("shops.csv"));
      Files.writeString(folder.resolve("shops.csv"), text.replaceFirst("shop 0,40", "shop 0,41"));
      session.run(words(steps, "c", resuming)).refused("'shop 0'", "another series");
      Files.writeString(folder.resolve("shops.csv"), text);
      assertArrayEquals(kept, Files.readAllBytes(checkpoint("c")));
      Files.write(checkpoint("c"), List.of("#!/bin/sh"));
      session.run(words(steps, "c", resuming)).refused("safetensors");
    }
  }

  private Path checkpoint(String out) {
    return folder.resolve(out).resolve("fleet-checkpoint.safetensors");
  }

  /** Series that the checkpoint holds. */
  private int learnt(String out) throws IOException {
    Path file = checkpoint(out);
    if (!Files.exists(file)) {
      return 0;
    }
    try {
      return Integer.parseInt(Checkpoint.configOf(file).get("fleet.series"));
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
      return 0; // The run has ended meanwhile, and deleted it.
    }
  }

  private void requireSame(String left, String right) throws IOException {
    List<Path> names = files(left);
    assertEquals(names, files(right));
    assertEquals(LAUNCHES, names.stream().filter(name -> name.startsWith("models")).count());
    assertFalse(names.contains(Path.of("fleet-checkpoint.safetensors")), names::toString);
    for (Path name : names) {
      assertEquals(
          -1,
          Files.mismatch(folder.resolve(left).resolve(name), folder.resolve(right).resolve(name)),
          name::toString);
    }
  }

  private List<Path> files(String out) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(out))) {
      return files
          .filter(Files::isRegularFile)
          .map(folder.resolve(out)::relativize)
          .sorted()
          .toList();
    }
  }

  private static String[] words(int steps, String out, String... more) {
    return ("forecast shops.csv --fleet --season 24 --transform none --units 4 --batch 2 --quiet"
            + " --save-models --test-rows "
            + TEST_ROWS
            + " --steps "
            + steps
            + " --out "
            + out
            + " "
            + String.join(" ", more))
        .strip()
        .split(" +");
  }
}
