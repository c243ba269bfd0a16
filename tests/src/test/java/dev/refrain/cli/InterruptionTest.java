package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.network.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C. */
class InterruptionTest {
  @TempDir private Path folder;

  @Test
  void trainingIsKeptAndTheExitCodeIs130() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, "forecast", "monthly-milk-production.csv", "--json", "--steps", "2000000000");
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

  @Test
  void afterTrainingWhatIsWrittenIsWhole() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder,
            "forecast",
            "monthly-milk-production.csv",
            "--steps",
            "1",
            "--horizon",
            "30000");
    Path out = folder.resolve("refrain-out");
    running.until("a model", () -> Files.exists(out.resolve("model.safetensors")));
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

  @ParameterizedTest
  @ValueSource(strings = {"", " --global"})
  void aFleetOfWhichNothingWasLearntWritesNothing(String global) throws Exception {
    StringBuilder text = new StringBuilder("a,b\n");
    for (int t = 0; t < 60; t++) {
      text.append(t * 7 % 11).append(',').append(40 + t * 5 % 13).append('\n');
    }
    Files.writeString(folder.resolve("ab.csv"), text);
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, ("forecast ab.csv --fleet --steps 2000000000" + global).split(" "));
    running.until("training", () -> Files.readString(running.err()).contains("training: "));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("before any of the 2 series was learnt; nothing"), run.err());
    try (Stream<Path> files = Files.list(folder.resolve("refrain-out"))) {
      assertEquals(0, files.count());
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
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(" holds the training, go on with --resume"), run.err());
    try (Stream<Path> files = Files.list(folder.resolve("o"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertEquals(List.of("checkpoint-rnn.safetensors", "series.png", "series.svg"), names);
      names.forEach(name -> assertTrue(run.err().contains("o/" + name), run.err()));
    }
  }
}
