package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model goes on from rows that it has not learnt. */
class NewHistoryTest {
  private static final int SEASON = 6;
  private static final double[][] NO_KNOWN = new double[4][0];

  @Test
  void goingOnFromTheRowsThatWereLearntIsGoingOnFromTheirEnd() {
    for (String transformation : List.of("none", "log-deseasoned-difference", "seasonal")) {
      try (Kernels kernels = TestEngines.fastest().open();
          ForecastModel model = fit(kernels, transformation, series("v", 0, 60))) {
        Forecast expected = model.predict(4, 0.9);
        Forecast same = model.predict(series("v", 0, 60), 4, 0.9, NO_KNOWN).get(0);
        assertArrayEquals(expected.values(), same.values(), 0);
        assertArrayEquals(expected.lower(), same.lower(), 0);
        assertArrayEquals(
            expected.values(), model.predict(series("v", 0, 60).column(0), 4, 0.9).values(), 0);
      }
    }
  }

  /** The dates tell where in the season rows begin that are not those that were learnt. */
  @Test
  void laterRowsKeepTheirPlaceInTheSeason() {
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model = fit(kernels, "deseasoned", series("v", 0, 60))) {
      double[] whole = model.predict(series("v", 0, 74), 4, 0.9, NO_KNOWN).get(0).values();
      for (int from : new int[] {1, 7, 20, 30}) {
        double[] part = model.predict(series("v", from, 74), 4, 0.9, NO_KNOWN).get(0).values();
        assertArrayEquals(whole, part, 1e-9, "from row " + from);
      }
    }
  }

  @Test
  void rowsThatDoNotSuitTheModelAreRefused() {
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model = fit(kernels, "log", series("v", 0, 60))) {
      refused(model, new double[] {1, 2, 3}, "3 rows", "window of 8");
      double[] values = series("v", 0, 60).column(0);
      values[7] = Double.NaN;
      refused(model, values, "row 7 is NaN");
      values[7] = -1;
      refused(model, values, "row 7 is -1.0", "logarithm");
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> model.generate(3, values, Generation.WINDOWS));
      assertTrue(e.getMessage().contains("row 7"), e.getMessage());
      Series two = new Series(List.of("a", "b"), new double[60][2]);
      e = assertThrows(IllegalArgumentException.class, () -> model.predict(two, 4, 0.9, NO_KNOWN));
      assertTrue(e.getMessage().contains("[v]"), e.getMessage());
    }
  }

  @Test
  void aSavedModelKnowsHowTheDataWritesItsTimes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model = fit(kernels, "none", series("v", 0, 60))) {
      model.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertEquals(model.timeLabels(), loaded.timeLabels());
        assertEquals("2010-01", loaded.timeLabels().get(LocalDateTime.of(2010, 1, 1, 0, 0)));
      }
    }
  }

  private static void refused(ForecastModel model, double[] values, String... fragments) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> model.predict(values, 4, 0.9));
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  private static ForecastModel fit(Kernels kernels, String transformation, Series series) {
    return Forecaster.builder()
        .units(4)
        .members(2)
        .season(SEASON)
        .window(8)
        .steps(10)
        .transformation(Transformation.parse(transformation))
        .build()
        .fit(kernels, series, progress -> {});
  }

  private static Series series(String name, int from, int to) {
    double[][] values = new double[to - from][1];
    for (int row = from; row < to; row++) {
      values[row - from][0] = 50 + 0.2 * row + 9 * Math.sin(2 * Math.PI * row / SEASON) + row % 5;
    }
    Frequency monthly = new Frequency(1, Frequency.Unit.MONTH);
    LocalDateTime first = LocalDateTime.of(2010, 1, 1, 0, 0);
    return new Series(
        List.of(name),
        values,
        new TimeIndex(
            IntStream.range(from, to).mapToObj(row -> monthly.plus(first, row)).toList(),
            monthly,
            DateTimeFormatter.ofPattern("uuuu-MM")));
  }
}
