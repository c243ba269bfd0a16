package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForecasterBoundsTest {
  /** Counts, many of them 0. */
  private static double[] counts() {
    Random random = new Random(3);
    double[] counts = new double[90];
    Arrays.setAll(counts, t -> random.nextInt(3) * random.nextInt(4));
    return counts;
  }

  private static Forecaster.Builder tiny() {
    return Forecaster.builder()
        .season(1)
        .units(4)
        .members(2)
        .steps(20)
        .transformation(Transformation.NONE);
  }

  @Test
  void forecastsAndIntervalsEndAtTheBounds(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("model.safetensors");
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel free = tiny().build().fit(kernels, counts());
        ForecastModel bounded = tiny().minimum(0).maximum(6).build().fit(kernels, counts())) {
      Forecast wide = free.predict(8, 0.95);
      assertTrue(Arrays.stream(wide.lower()).anyMatch(value -> value < 0), wide::toString);
      Forecast within = bounded.predict(8, 0.95);
      assertArrayEquals(clamped(wide.values(), 0, 6), within.values());
      assertArrayEquals(clamped(wide.lower(), 0, 6), within.lower());
      assertArrayEquals(clamped(wide.upper(), 0, 6), within.upper());
      double[] generated = bounded.generate(40, counts(), Generation.WINDOWS);
      assertArrayEquals(clamped(free.generate(40, counts(), Generation.WINDOWS), 0, 6), generated);
      bounded.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(within.lower(), loaded.predict(8, 0.95).lower());
      }
    }
  }

  private static double[] clamped(double[] values, double least, double largest) {
    return Arrays.stream(values).map(each -> Math.max(least, Math.min(largest, each))).toArray();
  }

  @Test
  void aHistoryBeyondTheBoundsIsRefusedByRowAndValue() {
    double[] negative = counts();
    negative[17] = -3;
    try (Kernels kernels = TestEngines.fastest().open()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> tiny().minimum(0).build().fit(kernels, negative));
      assertTrue(
          e.getMessage().startsWith("row 17 is -3.0, below the minimum 0.0"), e.getMessage());
    }
    IllegalArgumentException none =
        assertThrows(IllegalArgumentException.class, () -> tiny().minimum(3).maximum(2));
    assertTrue(none.getMessage().contains("minimum is 3.0 and maximum 2.0"), none.getMessage());
    assertThrows(IllegalArgumentException.class, () -> tiny().minimum(Double.NaN));
  }

  @Test
  void trainingsOfEarlierVersionsHadNoBounds() {
    ForecastSettings settings = new ForecastSettings();
    Task task = settings.task(counts());
    Map<String, String> saved = TrainingRecord.of(settings, task);
    assertEquals("none", saved.remove("training.setting.bounds"));
    Path file = Path.of("earlier");
    TrainingRecord.requireSame(file, saved, settings, task);
    settings.bounds = new Bounds(0, Double.POSITIVE_INFINITY);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> TrainingRecord.requireSame(file, saved, settings, task));
    assertTrue(e.getMessage().contains("bounds none, not 0.0 to Infinity"), e.getMessage());
  }
}
