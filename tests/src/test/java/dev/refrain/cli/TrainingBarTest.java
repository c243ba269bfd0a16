package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.network.TrainingProgress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingBarTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  @Test
  void theLastLineShowsStepsLossAndSpeed() {
    try (TrainingBar bar = new TrainingBar(3000, stream(), 120, false)) {
      bar.onProgress(at(1500, 0.5));
      bar.onProgress(at(3000, 0.0123456));
    }
    String text = shown.toString(StandardCharsets.UTF_8);
    String last = text.substring(text.lastIndexOf('\r') + 1);
    assertTrue(
        last.strip().matches("\\|#{20}\\| 3000/3000  loss 0.01235  100 steps/s  0:00 left"), last);
    assertTrue(text.endsWith(System.lineSeparator()), "the line is ended");
  }

  @Test
  void theBarGrowsWithTheSteps() {
    try (TrainingBar bar = new TrainingBar(4, stream(), 120, true)) {
      bar.onProgress(at(1, 1e-7));
    }
    String text = shown.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("|" + "█".repeat(5) + " ".repeat(15) + "| 1/4"), text);
    assertTrue(text.contains("loss 1.000e-07"), text);
  }

  @Test
  void aNarrowTerminalGetsAShorterLine() {
    try (TrainingBar bar = new TrainingBar(4, stream(), 30, false)) {
      bar.onProgress(at(4, 1));
    }
    for (String line : shown.toString(StandardCharsets.UTF_8).strip().split("\r", -1)) {
      assertTrue(line.strip().length() <= 30, line);
    }
  }

  @Test
  void everyLineIsAsLongAsTheOneItCovers() {
    try (TrainingBar bar = new TrainingBar(4, stream(), 120, false)) {
      bar.onProgress(at(4, 1));
    }
    String[] lines = shown.toString(StandardCharsets.UTF_8).stripTrailing().split("\r", -1);
    assertEquals(0, lines[0].length(), "a line begins with a carriage return");
    for (int i = 1; i < lines.length - 1; i++) {
      assertTrue(lines[i].length() >= 110, lines[i]);
    }
  }

  @Test
  void theSpeedIsTheMeanOverAllSteps() {
    try (TrainingBar bar = new TrainingBar(3000, stream(), 120, false)) {
      assertEquals(0, bar.stepsPerSecond());
      bar.onProgress(new TrainingProgress(100, List.of(new double[] {1}), 50));
      bar.onProgress(new TrainingProgress(200, List.of(new double[] {1}), 100));
      assertEquals(200 / 3.0, bar.stepsPerSecond(), 1e-9);
    }
    String text = shown.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("67 steps/s  0:42 left"), text);
  }

  @Test
  void withoutATerminalThereIsAPlainLineNowAndThen() {
    try (TrainingBar bar = new TrainingBar(1000, stream(), 0, true)) {
      bar.onProgress(at(100, 1));
      bar.onProgress(at(250, 0.5));
      bar.onProgress(at(300, 0.4));
      bar.onProgress(at(1000, 0.25));
    }
    assertEquals(
        List.of(
            "training: 250/1000  loss 0.5000  100 steps/s  0:08 left",
            "training: 1000/1000  loss 0.2500  100 steps/s  0:00 left"),
        shown.toString(StandardCharsets.UTF_8).lines().toList());
  }

  @Test
  void nothingIsShownWhereNobodyReadsAlong() {
    PrintStream stderr = System.err;
    System.setErr(stream());
    try (TrainingBar quiet = new TrainingBar(4, false)) {
      quiet.onProgress(at(4, 1));
    } finally {
      System.setErr(stderr);
    }
    assertEquals(0, shown.size());
  }

  @Test
  void aTrainingThatDivergesIsStillShown() {
    try (TrainingBar bar = new TrainingBar(4, stream(), 120, false)) {
      bar.onProgress(at(1, Double.NaN));
    }
    String text = shown.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("loss NaN"), text);
    assertFalse(text.contains("0:00 left"), text);
  }

  private PrintStream stream() {
    return new PrintStream(shown, true, StandardCharsets.UTF_8);
  }

  private static TrainingProgress at(long step, double loss) {
    return new TrainingProgress(step, List.of(new double[] {loss}), 100);
  }
}
