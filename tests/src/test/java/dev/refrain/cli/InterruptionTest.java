package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.network.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C. */
class InterruptionTest {
  /** A shell that runs tests in the background lets them ignore SIGINT, and refrain inherits it. */
  private static final List<String> HEEDING_INTERRUPTS = List.of("env", "--default-signal=INT");

  private static final long LONGEST_WAIT_MILLIS = 120_000;

  @TempDir private Path folder;

  @Test
  void trainingIsKeptAndTheExitCodeIs130() throws Exception {
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    Refrain.Running running =
        Refrain.start(
            folder,
            HEEDING_INTERRUPTS,
            "forecast",
            "monthly-milk-production.csv",
            "--json",
            "--steps",
            "2000000000");
    awaitTraining(running);
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertEquals("", run.out());
    Path file = folder.resolve("refrain-out/checkpoint.safetensors");
    assertTrue(run.err().contains("interrupted after step"), run.err());
    assertTrue(run.err().contains("refrain-out/checkpoint.safetensors"), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    Checkpoint checkpoint = Checkpoint.load(file);
    assertTrue(checkpoint.hasTraining());
    assertTrue(Long.parseLong(checkpoint.config().get("steps")) > 0);
    assertFalse(Files.exists(folder.resolve("refrain-out/model.safetensors")));
  }

  @Test
  void afterTrainingWhatIsWrittenIsWhole() throws Exception {
    assumeTrue(envCanRestoreSignals(), "env --default-signal is not to be had here");
    Refrain.Running running =
        Refrain.start(
            folder,
            HEEDING_INTERRUPTS,
            "forecast",
            "monthly-milk-production.csv",
            "--steps",
            "1",
            "--horizon",
            "30000");
    Path out = folder.resolve("refrain-out");
    await(running, () -> Files.exists(out.resolve("model.safetensors")));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("what is written is whole: refrain-out/model"), run::err);
    assertFalse(run.err().contains("unexpected"), run::err);
    Path forecast = out.resolve("forecast.csv");
    if (Files.exists(forecast)) {
      assertEquals(30_001, Files.readAllLines(forecast).size());
    }
    try (Stream<Path> files = Files.list(out)) {
      // Nothing half written is left, which would have a name of its own.
      assertEquals(
          List.of(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.startsWith("forecast.") && !name.equals("model.safetensors"))
              .toList());
    }
  }

  /** What a test waits for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void awaitTraining(Refrain.Running running) throws Exception {
    await(running, () -> Files.readString(running.err()).contains("training: "));
  }

  private static void await(Refrain.Running running, Condition condition) throws Exception {
    long begun = System.nanoTime();
    while (!condition.holds()) {
      assertTrue(running.process().isAlive(), "it ended too early");
      assertTrue(
          System.nanoTime() - begun < LONGEST_WAIT_MILLIS * 1_000_000, "it does not get there");
      Thread.sleep(10);
    }
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
