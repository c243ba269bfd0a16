package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training of noise, which is soon learnt by heart and so ends early, broken off and gone on with:
 * it must end as if it had never stopped, with the same best networks.
 */
class EarlyStoppingResumeTest {
  private static final double[] NOISE = new SplittableRandom(5).doubles(61, -1, 1).toArray();
  private static final Series HISTORY = noise(60);
  private static final int PATIENCE = 3;

  /** Steps from one look to the next. */
  private static final int LOOK = 4;

  private static final int MOST_STEPS = 40 * LOOK;

  @TempDir private Path folder;
  private Path whole;
  private Path wholeTraining;

  /** Steps after which the networks did best, and at which they had ended, in a run of its own. */
  private long[] best;

  private long last;

  @BeforeEach
  void trainWithoutAStop() throws IOException {
    whole = folder.resolve("whole.safetensors");
    wholeTraining = folder.resolve("whole-training.safetensors");
    try (Kernels kernels = open();
        ForecastModel model = small().build().fit(kernels, HISTORY, progress -> {})) {
      model.save(whole);
      model.saveTraining(wholeTraining);
      last = model.steps();
    }
    best =
        Arrays.stream(Checkpoint.load(wholeTraining).config().get("best.steps").split(" "))
            .mapToLong(Long::parseLong)
            .toArray();
    assertTrue(last < MOST_STEPS, () -> "it did not end early, but took " + last + " steps");
    assertTrue(best[0] != best[1], () -> "both did best after " + best[0] + " steps");
  }

  /** As a kill would: what the last checkpoint does not know of is lost. */
  @Test
  void brokenOffAnywhereItGoesOnBitForBit() throws IOException {
    TreeSet<Long> stops = new TreeSet<>(List.of(2L, (long) LOOK, LOOK + 1L, last - 1));
    for (long each : best) {
      stops.addAll(List.of(each, each + 1, each + LOOK, (each + last) / 2));
    }
    for (long stop : stops) {
      Path file = folder.resolve("broken-" + stop + ".safetensors");
      Checkpoints checkpoints = new Checkpoints(file, 1);
      try (Kernels kernels = open()) {
        IllegalStateException e =
            assertThrows(
                IllegalStateException.class,
                () ->
                    small()
                        .build()
                        .fit(kernels, HISTORY, progress -> breakOff(progress, stop), checkpoints));
        assertEquals("broken off", e.getMessage());
        assertEquals(0, kernels.allocatedBytes());
      }
      try (Kernels kernels = open();
          ForecastModel model =
              small().build().resume(kernels, checkpoints, HISTORY, progress -> {})) {
        requireWhole(model, "broken off at step " + stop);
      }
    }
  }

  private static void breakOff(FitProgress progress, long stop) {
    if (progress.step() >= stop) {
      throw new IllegalStateException("broken off");
    }
  }

  private void requireWhole(ForecastModel model, String message) throws IOException {
    Path file = folder.resolve("resumed.safetensors");
    model.save(file);
    assertEquals(-1, Files.mismatch(whole, file), message);
    model.saveTraining(file);
    assertEquals(-1, Files.mismatch(wholeTraining, file), message);
    assertEquals(last, model.steps());
  }

  /** The model forecasts by the best networks so far; its training goes on from the latest. */
  @Test
  void interruptedItForecastsByTheBestAndGoesOnFromTheLatest() throws IOException {
    Path file = folder.resolve("interrupted.safetensors");
    long stop = (Math.max(best[0], best[1]) + last) / 2;
    try (Kernels kernels = open();
        ForecastModel model =
            small()
                .build()
                .fit(
                    kernels,
                    HISTORY,
                    progress -> {
                      if (progress.step() >= stop) {
                        Thread.currentThread().interrupt();
                      }
                    },
                    new Checkpoints(folder.resolve("on-the-way.safetensors"), 1))) {
      assertTrue(Thread.interrupted(), "the status was lost");
      model.saveTraining(file);
      try (ForecastModel complete = ForecastModel.load(whole, kernels);
          ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(complete.forecast(5), model.forecast(5), 0);
        assertArrayEquals(model.forecast(5), loaded.forecast(5), 0);
        assertEquals(model.steps(), loaded.steps());
      }
    }
    try (Kernels kernels = open();
        ForecastModel model = small().build().resume(kernels, file, HISTORY, progress -> {})) {
      requireWhole(model, "interrupted at step " + stop);
    }
  }

  @Test
  void whatHadEndedStaysAsItIs() throws IOException {
    try (Kernels kernels = open();
        ForecastModel model =
            small()
                .build()
                .resume(
                    kernels,
                    wholeTraining,
                    HISTORY,
                    progress -> {
                      throw new AssertionError("a step was taken: " + progress);
                    })) {
      requireWhole(model, "resumed at its end");
    }
  }

  @Test
  void otherRowsOrAnotherPatienceAreRefused() throws IOException {
    Path plain = folder.resolve("plain.safetensors");
    try (Kernels kernels = open()) {
      refused(kernels, small(), noise(61), "its 60 rows, and 61 are given");
      refused(kernels, small().earlyStopping(PATIENCE + 1), HISTORY, "early stopping 3, not 4");
      refused(kernels, small().earlyStopping(0), HISTORY, "early stopping 3, not 0");
      small().build().resume(kernels, wholeTraining, HISTORY, progress -> {}).close();
      try (ForecastModel model = small().build().fit(kernels, HISTORY, progress -> {})) {
        model.save(plain);
      }
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> small().build().resume(kernels, plain, HISTORY, progress -> {}));
      assertTrue(e.getMessage().contains("no training"), e.getMessage());
      assertEquals(0, kernels.allocatedBytes());
    }
  }

  private void refused(
      Kernels kernels, Forecaster.Builder builder, Series history, String fragment) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> builder.build().resume(kernels, wholeTraining, history, progress -> {}));
    assertTrue(e.getMessage().contains(fragment), e.getMessage());
  }

  private static Series noise(int rows) {
    double[][] values = new double[rows][];
    Arrays.setAll(values, row -> new double[] {NOISE[row]});
    return new Series(List.of("noise"), values);
  }

  private static Kernels open() {
    return TestEngines.fastest().open();
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(8)
        .members(2)
        .season(1)
        .window(8)
        .transformation(Transformation.NONE)
        .validationRows(0)
        .batch(8)
        .learningRate(0.05)
        .steps(MOST_STEPS)
        .earlyStopping(PATIENCE);
  }
}
