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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tutorials that print their losses ({@code sine}, {@code milk}, {@code lab6}): interrupted,
 * killed, and gone on with to the same files.
 */
class KeptTutorialTest {
  private static final String CHECKPOINT = "checkpoint.safetensors";

  /** So many that none is done before it is stopped. */
  private static final String ENDLESS = " --iterations 2000000000";

  private static final int KILLS = 2;

  @TempDir private Path folder;

  private static String[] words(String command) {
    return ("tutorial " + command).split(" +");
  }

  private Refrain run(String command) {
    return Refrain.inside(folder, words(command));
  }

  /**
   * Trains, and finds a folder where the record of the run belongs: what it leaves is what Ctrl-C
   * would leave at the end of the training.
   */
  private void stop(String command, String out) throws IOException {
    Path blocked = Files.createDirectories(folder.resolve(out).resolve("run.json"));
    Refrain run = run(command + " --out " + out).endedWith(1);
    assertTrue(run.err().contains("run.json"), run.err());
    Files.delete(blocked);
  }

  /** The same files, in the same bytes, and no others. */
  private void assertSame(String expected, String actual) throws IOException {
    List<String> names = names(expected);
    assertEquals(names, names(actual));
    for (String name : names) {
      Path file = folder.resolve(expected).resolve(name);
      assertEquals(-1, Files.mismatch(file, folder.resolve(actual).resolve(name)), name);
    }
  }

  private List<String> names(String out) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(out))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sine --cell lstm --neurons 5",
        "milk --neurons 5 --ahead 3 --batch 2",
        "lab6 --neurons 5 --optimizer adam --loss rmse"
      })
  void aStoppedRunGoesOnToTheSameFiles(String command) throws Exception {
    run(command + " --iterations 230 --out whole").endedWith(0);
    String name = command.substring(0, command.indexOf(' '));
    Refrain stopped =
        Refrain.interruptedInside(
            folder, "\n100\t", words(command + " --iterations 230 --out broken"));
    assertTrue(stopped.err().contains("after iteration 101 of 230; '"), stopped.err());
    run(name + " --out broken").refused(CHECKPOINT, "--resume");
    run(name + " --out broken --resume --neurons 6").refused("--neurons 5", "not 6");
    run(name + " --out broken --resume --iterations 100").refused("100", "101", CHECKPOINT);
    Refrain rest = run(name + " --out broken --resume").endedWith(0);
    assertTrue(rest.out().contains("resumed after iteration 101"), rest.out());
    assertFalse(rest.out().contains("\n100\t"), rest.out());
    assertTrue(rest.out().contains("\n200\t"), rest.out());
    assertSame("whole", "broken");
    // All was written: what comes next begins anew.
    run(name + " --neurons 4 --iterations 1 --out broken").endedWith(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"milk --compare --neurons 3", "lab6 --compare-losses --neurons 3"})
  void aComparisonKeepsWhatIsDone(String command) throws Exception {
    String length = " --iterations 102";
    run(command + length + " --out whole").endedWith(0);
    stop(command + length, "broken");
    List<Path> checkpoints;
    try (Stream<Path> files = Files.list(folder.resolve("broken"))) {
      checkpoints =
          files.filter(file -> file.getFileName().toString().startsWith("checkpoint-")).toList();
    }
    assertTrue(checkpoints.size() > 1, checkpoints.toString());
    // As if the last had never begun.
    Files.delete(checkpoints.get(checkpoints.size() - 1));
    run(command + " --out broken").refused("checkpoint-", "--resume");
    Refrain rest = run(command + " --resume --out broken").endedWith(0);
    assertEquals(
        checkpoints.size() - 1,
        rest.out().lines().filter("resumed after iteration 102"::equals).count(),
        rest.out());
    assertSame("whole", "broken");
  }

  @Test
  void checkpointsOfOtherThingsAreRefused() throws Exception {
    stop("sine --neurons 3 --iterations 2", "a");
    Files.createDirectories(folder.resolve("b"));
    Files.copy(folder.resolve("a").resolve(CHECKPOINT), folder.resolve("b").resolve(CHECKPOINT));
    run("milk --resume --out b").refused(CHECKPOINT, "no checkpoint of tutorial milk");
    Files.writeString(folder.resolve("b").resolve(CHECKPOINT), "#!/bin/sh");
    run("lab6 --resume --out b").refused("safetensors");
    for (String cell : List.of("rnn", "gru")) {
      String name = "checkpoint-" + cell + ".safetensors";
      Files.copy(folder.resolve("a").resolve(CHECKPOINT), folder.resolve("a").resolve(name));
    }
    Files.move(folder.resolve("a"), folder.resolve("c"));
    run("sine --compare --resume --cell gru --out c").refused("--compare", "--cell");
    stop("sine --neurons 4 --iterations 2", "d");
    Files.copy(
        folder.resolve("d").resolve(CHECKPOINT),
        folder.resolve("c").resolve("checkpoint-lstm.safetensors"));
    run("sine --compare --resume --out c").refused("trained with different options");
  }

  /** The learning rate lets the weights grow until their products exceed float32. */
  @Test
  void aTrainingThatRunsAwayKeepsItsLastGoodCheckpoint() throws Exception {
    Refrain run =
        run("sine --cell lstm --neurons 5 --learning-rate 1e35 --checkpoint-every 1"
                + " --iterations 100000 --out d")
            .endedWith(1);
    assertTrue(run.err().contains("learning rate"), run.err());
    assertTrue(run.err().contains("last good checkpoint is kept in"), run.err());
    try (SafetensorsFile tensors = SafetensorsFile.open(folder.resolve("d").resolve(CHECKPOINT))) {
      for (float weight : tensors.floats("output.weight")) {
        assertTrue(Float.isFinite(weight), "weight " + weight);
      }
    }
  }

  @Test
  void ctrlCKeepsTheTraining() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words("milk --neurons 4 --out c" + ENDLESS));
    running.until("training", () -> Files.readString(running.out()).contains("100\tMSE"));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    long step = step(folder.resolve("c").resolve(CHECKPOINT));
    assertTrue(
        run.err().contains("interrupted after iteration " + step + " of 2000000000"), run.err());
    assertTrue(run.err().contains("c/" + CHECKPOINT), run.err());
    assertTrue(run.err().contains("--resume"), run.err());
    assertFalse(Files.exists(folder.resolve("c/model.safetensors")));
    String end = " --iterations " + (step + 30);
    run("milk --resume --out c" + end).endedWith(0);
    run("milk --neurons 4 --out whole" + end).endedWith(0);
    assertSame("whole", "c");
  }

  /** The first cells are done; the one that is interrupted is named. */
  @Test
  void ctrlCInAComparisonKeepsTheOthers() throws Exception {
    stop("milk --compare --neurons 3 --iterations 2", "c");
    for (String done : List.of("lstm", "gru", "lstm-relu", "multi-rnn", "multi-lstm")) {
      assertTrue(Files.exists(folder.resolve("c/checkpoint-" + done + ".safetensors")), done);
    }
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words("milk --compare --resume --out c" + ENDLESS));
    running.until("training", () -> Files.readString(running.out()).contains("100\tMSE"));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    Path file = folder.resolve("c/checkpoint-rnn.safetensors");
    assertTrue(
        run.err().contains("after iteration " + step(file) + " of 2000000000 of rnn; '"),
        run.err());
    assertEquals(2, step(folder.resolve("c/checkpoint-gru.safetensors")));
  }

  @Test
  void aKilledRunGoesOnAsIfItHadNeverStopped() throws Exception {
    Random random = new Random(5);
    String command = "milk --neurons 4 --checkpoint-every 7 --resume --out k";
    Path file = folder.resolve("k").resolve(CHECKPOINT);
    long step = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Refrain.Running running = Refrain.start(folder, List.of(), words(command + ENDLESS));
      long before = step;
      running.until("progress", () -> Files.exists(file) && step(file) > before);
      Thread.sleep(random.nextInt(50));
      running.process().destroyForcibly().waitFor();
      step = step(file);
      assertTrue(step > before, "the checkpoint stands at " + step);
    }
    String end = " --iterations " + (step + 30);
    run("milk --resume --out k" + end).endedWith(0);
    run("milk --neurons 4 --out whole" + end).endedWith(0);
    assertSame("whole", "k");
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }
}
