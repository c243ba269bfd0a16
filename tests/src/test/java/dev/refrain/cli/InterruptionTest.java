package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.network.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C. */
class InterruptionTest {
  /** That a command takes. */
  private static final int LONGEST_HORIZON = 100_000;

  private static final Set<String> WRITTEN =
      Set.of(
          "model.safetensors",
          "checkpoint.safetensors",
          "forecast.csv",
          "forecast.png",
          "forecast.svg",
          "run.json");

  @TempDir private Path folder;

  @Test
  void trainingIsKeptAndTheExitCodeIs130() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder,
            "forecast monthly-milk-production.csv --json --steps 2000000000 --validation-rows 0 --units 4"
                .split(" "));
    running.until("training", () -> Files.readString(running.err()).contains("training: "));
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

  /** A run that ends before it is interrupted is judged as well, and the next has more to write. */
  @Test
  void afterTrainingWhatIsWrittenIsWhole() throws Exception {
    StringBuilder text = new StringBuilder("value\n");
    for (int t = 0; t < 60; t++) {
      text.append(t * 7 % 11).append('\n');
    }
    Files.writeString(folder.resolve("values.csv"), text);
    boolean interrupted = false;
    for (int horizon = 30_000; !interrupted; horizon += 30_000) {
      assertTrue(horizon <= LONGEST_HORIZON, "it ends before it is interrupted");
      Path out = folder.resolve("h" + horizon);
      String words =
          "forecast values.csv --season 12 --steps 1 --validation-rows 0 --units 4 --out h%1$d --horizon %1$d";
      Refrain.Running running =
          Refrain.startHeedingInterrupts(folder, words.formatted(horizon).split(" "));
      running.until("a model", () -> Files.exists(out.resolve("model.safetensors")));
      running.interrupt();
      Refrain run = running.await();
      interrupted = run.err().contains("interrupted after training");
      assertFalse(run.err().contains("unexpected"), run::err);
      Path forecast = out.resolve("forecast.csv");
      if (Files.exists(forecast)) {
        assertEquals(horizon + 1, Files.readAllLines(forecast).size());
      }
      if (interrupted) {
        assertEquals(130, run.exitCode());
        String whole = "what is written is whole: h%d/model".formatted(horizon);
        assertTrue(run.err().contains(whole), run::err);
        assertFalse(Files.exists(out.resolve("run.json")));
      }
      try (Stream<Path> files = Files.list(out)) {
        // Nothing half written is left, which would have a name of its own.
        assertEquals(
            List.of(),
            files
                .map(file -> file.getFileName().toString())
                .filter(name -> !WRITTEN.contains(name))
                .toList());
      }
    }
  }

  /** Tutorials leave nothing half done, and say so. */
  @Test
  void aTutorialEndsInOrder() throws Exception {
    String most = "tutorial sine --compare --iterations 1000000 --out o";
    Refrain.Running running = Refrain.startHeedingInterrupts(folder, most.split(" "));
    running.until("training", () -> Files.readString(running.out()).contains("200\tMSE: "));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertEquals(1, run.said().size(), run.err());
    assertTrue(run.err().contains(" holds the training, go on with --resume"), run.err());
    try (Stream<Path> files = Files.list(folder.resolve("o"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertEquals(List.of("checkpoint-rnn.safetensors", "series.png", "series.svg"), names);
      names.forEach(name -> assertTrue(run.err().contains("o/" + name), run.err()));
    }
  }
}
