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

  /** Trainings of tutorials leave nothing half done, and say so. */
  @ParameterizedTest
  @ValueSource(strings = {"sine", "sine --compare", "milk", "lab6"})
  void aTutorialEndsInOrder(String tutorial) throws Exception {
    String most = tutorial.equals("lab6") ? "50000" : "10000000";
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, ("tutorial " + tutorial + " --out o --iterations " + most).split(" "));
    running.until("training", () -> Files.readString(running.out()).contains("200\tMSE: "));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("interrupted; what it was training is lost"), run.err());
    try (Stream<Path> files = Files.list(folder.resolve("o"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertEquals(List.of("series.png", "series.svg"), names);
      names.forEach(name -> assertTrue(run.err().contains("o/" + name), run.err()));
    }
  }
}
