package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that ends early by rows that it does not learn from. */
class EarlyStoppingTest {
  private static final double[] HISTORY = new SplittableRandom(5).doubles(60, -1, 1).toArray();

  /** After one step nothing is chosen by the tail, so that it cannot have a say at all. */
  @Test
  void theValuesThatTheTailForecastsAreNotLearntFrom(@TempDir Path folder) throws Exception {
    Forecaster forecaster =
        small()
            .horizon(4)
            .direct(true)
            .scaling(IdentityScaler.NAME)
            .steps(1)
            .batch(200)
            .validationRows(6)
            .build();
    double[] other = HISTORY.clone();
    // Six windows of the tail and their blocks of four.
    Arrays.fill(other, other.length - 9, other.length, 0.5);
    double[] before = HISTORY.clone();
    before[before.length - 10] = 0.5;
    try (Kernels kernels = open()) {
      float[] learnt = parameters(kernels, forecaster, HISTORY, folder);
      assertArrayEquals(learnt, parameters(kernels, forecaster, other, folder));
      assertTrue(
          !Arrays.equals(learnt, parameters(kernels, forecaster, before, folder)),
          "the rows before the tail make no difference");
    }
  }

  private static float[] parameters(
      Kernels kernels, Forecaster forecaster, double[] history, Path folder) throws Exception {
    Path file = folder.resolve("model.safetensors");
    try (ForecastModel model = forecaster.fit(kernels, history)) {
      model.save(file);
    }
    try (Network network = Checkpoint.load(file).network(kernels)) {
      return network.read(0);
    }
  }

  @Test
  void aSeriesOfAFleetEndsAsIfAlone() {
    Forecaster forecaster = small().season(1).steps(80).learningRate(0.05).build();
    List<Series> series = List.of(series("long", 60), series("short", 24), series("other", 60));
    try (Kernels kernels = open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, series, progress -> {});
      for (Series each : series) {
        try (ForecastModel alone = forecaster.fit(kernels, each, progress -> {})) {
          assertArrayEquals(alone.forecast(5), fleet.forecast(each.names().get(0), 5), 0);
        }
      }
    }
  }

  @Test
  void interruptingGivesTheMemoryBack() {
    Forecaster forecaster = small().steps(1_000).build();
    try (Kernels kernels = open()) {
      forecaster.fit(kernels, HISTORY).close();
      long before = kernels.allocatedBytes();
      forecaster.fit(kernels, HISTORY, progress -> Thread.currentThread().interrupt()).close();
      assertTrue(Thread.interrupted(), "the status was lost");
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @Test
  void aTrainingOfOtherColumnsIsNotResumed(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("north.safetensors");
    Forecaster forecaster = small().earlyStopping(0).build();
    try (Kernels kernels = open()) {
      try (ForecastModel model = forecaster.fit(kernels, series("north", 60), progress -> {})) {
        model.saveTraining(file);
      }
      forecaster.resume(kernels, file, series("north", 60), progress -> {}).close();
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> forecaster.resume(kernels, file, series("south", 60), progress -> {}));
      assertTrue(e.getMessage().contains("north"), e.getMessage());
      assertTrue(e.getMessage().contains("south"), e.getMessage());
    }
  }

  private static Series series(String name, int rows) {
    double[][] values = new double[rows][];
    Arrays.setAll(values, row -> new double[] {HISTORY[row]});
    return new Series(List.of(name), values, null);
  }

  private static Kernels open() {
    return TestEngines.fastest().open();
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder()
        .units(6)
        .members(1)
        .season(1)
        .window(12)
        .transformation(Transformation.NONE)
        .validationRows(0)
        .batch(8)
        .steps(5)
        .earlyStopping(3);
  }
}
