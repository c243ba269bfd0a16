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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        text.append(
            String.format(Locale.ROOT, "shop %d,%d%n", series, 40 + t * (5 + series % 7) % 13));
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

  /**
   * What an interrupt keeps follows from what was done, not from the time it took: one series is
   * known, since the run that learnt it alone could not write its record; the next run is
   * interrupted as soon as it says so.
   */
  @Test
  void anInterruptKeepsWhatWasLearntAndOthersAreRefused() throws Exception {
    int steps = 30;
    String all = Files.readString(shops());
    Files.writeString(
        shops(),
        all.lines()
            .filter(it -> !it.matches("shop [1-9].*"))
            .collect(Collectors.joining("\n", "", "\n")));
    Path blocked = Files.createDirectories(folder.resolve("c/run.json"));
    run(steps, "c").endedWith(1);
    Files.delete(blocked);
    assertEquals(1, learnt("c"));
    Files.writeString(shops(), all);
    run(steps, "c").refused("fleet-checkpoint", "add --resume", "--out");
    Refrain run =
        Refrain.interruptedInside(
            folder, "1 of " + LAUNCHES + " series had been learnt", loud(steps, "c", "--resume"));
    assertTrue(run.err().contains("written holds 1 of " + LAUNCHES + " series"), run::err);
    assertTrue(run.err().contains("go on with --resume"), run::err);
    assertTrue(
        Files.readString(folder.resolve("c/fleet-metrics.csv")).contains("training was interrupt"));
    assertEquals(1, files("c").stream().filter(name -> name.startsWith("models")).count());

    byte[] kept = Files.readAllBytes(checkpoint("c"));
    String resuming = "--resume ";
    run(steps + 1, "c", resuming).refused("steps 30", "not 31");
    run(steps, "c", resuming + "--seed 2").refused("'shop 0'", "seed 1", "not 2");
    run(steps, "c", resuming + "--units 5").refused("units 4", "not 5");
    run(steps, "c", resuming + "--loss mae").refused("loss", "MAE");
    run(steps, "c", resuming + "--global").refused("fleet-checkpoint", "leave out --global");
    Files.writeString(shops(), all.replaceFirst("shop 0,40", "shop 0,41"));
    run(steps, "c", resuming).refused("'shop 0'", "another series");
    Files.writeString(shops(), all);
    assertArrayEquals(kept, Files.readAllBytes(checkpoint("c")));
    run(steps, "c", resuming).endedWith(0);
    run(steps, "whole").endedWith(0);
    requireSame("whole", "c");
    String record = Files.readString(folder.resolve("c/run.json"));
    assertTrue(record.contains("\"steps\":30,\"seed\":1,"), record);
    Files.write(checkpoint("c"), List.of("#!/bin/sh"));
    run(steps, "c", resuming).refused("safetensors");
  }

  /** Within the first launch, or the only one: then that is all that tells of the options. */
  @ParameterizedTest
  @ValueSource(strings = {"", " --global"})
  void aLaunchGoesOnWhereItStoodAndOthersAreRefused(String global) throws Exception {
    String endless = "--checkpoint-every 1" + global;
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words(2_000_000_000, "c", endless));
    running.until("its first checkpoint", () -> Files.exists(launch("c")));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("before any of the 24 series was learnt"), run::err);
    assertTrue(run.err().contains("fleet-launch.safetensors' holds"), run::err);
    assertEquals(List.of(Path.of("fleet-launch.safetensors")), files("c"));
    byte[] kept = Files.readAllBytes(launch("c"));
    run(2_000_000_000, "c", global).refused("fleet-launch", "add --resume");
    String resuming = "--resume" + global;
    run(5, "c", resuming).refused("'shop 0'", "steps 2000000000, not 5");
    run(2_000_000_000, "c", resuming + " --units 5").refused("units 4", "not 5");
    run(2_000_000_000, "c", global.isEmpty() ? "--resume --global" : "--resume")
        .refused("networks of ");
    String all = Files.readString(shops());
    Files.writeString(
        shops(),
        all.lines()
            .filter(it -> !it.startsWith("shop 0,"))
            .collect(Collectors.joining("\n", "", "\n")));
    run(2_000_000_000, "c", resuming)
        .refused(global.isEmpty() ? "'shop 0' is not among" : "which are not the 23 given now");
    Files.writeString(shops(), all);
    assertArrayEquals(kept, Files.readAllBytes(launch("c")));
    long step = Kills.step(launch("c"));
    running = Refrain.startHeedingInterrupts(folder, loud(2_000_000_000, "c", endless, "--resume"));
    running.until("more", () -> goesOn(step));
    running.interrupt();
    Refrain more = running.await().endedWith(130);
    assertTrue(more.err().contains("going on within a launch, after step "), more::err);
  }

  /** Whether the launch is further than it was; it may not have begun anew. */
  private boolean goesOn(long step) throws IOException {
    long now = Kills.step(launch("c"));
    assertTrue(now >= step, "set back from step " + step + " to " + now);
    return now > step;
  }

  private Refrain run(int steps, String out, String... more) {
    return Refrain.inside(folder, words(steps, out, more));
  }

  private Path shops() {
    return folder.resolve("shops.csv");
  }

  private Path launch(String out) {
    return folder.resolve(out).resolve("fleet-launch.safetensors");
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

  /** With remarks on stderr. */
  private String[] loud(int steps, String out, String... more) {
    return Stream.of(words(steps, out, more))
        .filter(word -> !word.equals("--quiet"))
        .toArray(String[]::new);
  }

  private String[] words(int steps, String out, String... more) {
    return ("forecast "
            + shops()
            + " --fleet --season 24 --transform none --units 4 --batch 2 --quiet"
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
