package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Runs that are killed at random moments and gone on with: three of four some time after they wrote
 * a checkpoint, the others some time after their start. How quick the machine is has no say in the
 * result: a run that had done all before its kill is judged as one that ends, and begun anew.
 *
 * @param folder to run in
 * @param words of a command that goes on where its checkpoint says
 * @param checkpoint that it writes
 */
record Kills(Path folder, List<String> words, Path checkpoint) {
  private static final int SIGKILL = 128 + 9;
  private static final int LATEST_KILL_MILLIS = 100;
  private static final int LATEST_START_MILLIS = 2_000;

  /** What must hold of a run that ended. */
  @FunctionalInterface
  interface Judge {
    void judge() throws Exception;
  }

  /**
   * Kills so many runs; none may have gone back behind the checkpoint that it found. What the last
   * one left is there to be gone on with.
   *
   * @param judge of each run that ended before its kill
   */
  void run(int kills, Judge judge) throws Exception {
    long seed = Long.getLong("refrain.seed", 1);
    Random random = new Random(seed);
    long last = 0;
    int ended = 0;
    for (int killed = 0; killed < kills; ) {
      Refrain.Running running = Refrain.start(folder, List.of(), words.toArray(new String[0]));
      if (killed % 4 < 3) {
        long before = last;
        running.untilItEndsOr("the next checkpoint", () -> step() > before);
        Thread.sleep(random.nextInt(LATEST_KILL_MILLIS));
      } else {
        Thread.sleep(random.nextInt(LATEST_START_MILLIS));
      }
      running.process().destroyForcibly();
      Refrain run = running.await();
      if (run.exitCode() != SIGKILL) {
        run.endedWith(0);
      }
      // A run that deletes its checkpoint at the end may still be killed on its way out.
      boolean done = run.exitCode() == 0 || (last > 0 && !Files.exists(checkpoint));
      if (!done) {
        long step = step();
        assertTrue(step >= last, "set back from step " + last + " to " + step);
        last = step;
        killed++;
      } else {
        judge.judge();
        empty(checkpoint.getParent());
        last = 0;
        ended++;
        assertTrue(ended <= kills, "most runs end before their kill: let them take more steps");
      }
    }
    System.out.printf(
        "%d kills (seed %d), the last at step %d; %d runs had ended before theirs%n",
        kills, seed, last, ended);
  }

  private static void empty(Path out) throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private long step() throws IOException {
    return step(checkpoint);
  }

  /** Of a checkpoint that may be there. */
  static long step(Path checkpoint) throws IOException {
    if (!Files.exists(checkpoint)) {
      return 0;
    }
    try (SafetensorsFile tensors = SafetensorsFile.open(checkpoint)) {
      return tensors.longs("state.counters")[0];
    } catch (IOException e) {
      if (Files.exists(checkpoint)) {
        throw e;
      }
      return 0; // The run has ended meanwhile, and deleted it.
    }
  }
}
