package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What makes no sense is refused, by name, before anything is allocated. */
class ForecasterArgumentsTest {
  private static final double[] WAVE = wave(40);
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = TestEngines.fastest().open();
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    Forecaster.Builder builder = Forecaster.builder();
    Map.<String, Runnable>ofEntries(
            Map.entry("horizon is -1; it must be at least 1, or 0", () -> builder.horizon(-1)),
            Map.entry("season is -1; it must be at least 1, or 0", () -> builder.season(-1)),
            Map.entry("validationRows is -1; it must", () -> builder.validationRows(-1)),
            Map.entry("earlyStopping is -1; it must", () -> builder.earlyStopping(-1)),
            Map.entry("learning rate is -0.1; it", () -> builder.learningRate(-0.1)),
            Map.entry("learning rate is 0.0; it", () -> builder.learningRate(0)),
            Map.entry("steps is 0; it must be at least 1", () -> builder.steps(0)),
            Map.entry("batch is 0; it must be at least 1", () -> builder.batch(0)),
            Map.entry("members is 0; it must be at least 1", () -> builder.members(0)),
            Map.entry("layers is 101; it must be at most 100", () -> builder.layers(101)))
        .forEach((words, setting) -> refused(setting, words));
  }

  @Test
  void whatTheHistoryIsTooShortForIsSaid() {
    tooFew(small().window(50), "window of 50: at least 52", "choose a shorter window");
    tooFew(small().window(Integer.MAX_VALUE), "at least 2147483649");
    tooFew(small().season(100), "window of 100", "a shorter window or season");
    tooFew(small().season(Integer.MAX_VALUE), "a shorter window or season");
    tooFew(
        small().direct(true).horizon(30).season(1), "at least 43", "a shorter window or horizon");
    refused(
        () -> small().direct(true).horizon(Integer.MAX_VALUE).build(),
        "2147483647 steps at once",
        "a shorter horizon");
    refused(
        () -> small().units(Integer.MAX_VALUE).build(), "2147483647 units", "choose fewer units");
  }

  private static void tooFew(Forecaster.Builder builder, String... fragments) {
    TooFewRowsException e =
        assertThrows(TooFewRowsException.class, () -> builder.build().fit(kernels, WAVE));
    requireAll(e, fragments);
    assertEquals(40, e.rows());
    assertTrue(e.needed() > 40);
    assertEquals(0, kernels.allocatedBytes());
  }

  @Test
  void aValidationThatLeavesNothingToLearnIsRefused() {
    for (int rows : new int[] {40, 41, 4_000}) {
      refused(
          () -> small().validationRows(rows).build().fit(kernels, WAVE),
          "validationRows is %d, but the history has 40 rows".formatted(rows),
          "give fewer, or 0");
    }
    refused(
        () ->
            Backtest.run(
                kernels, small().validationRows(38).build(), WAVE, 2, 1, 1, 1, progress -> {}),
        "validationRows is 38, but 'origin 38' has 38 rows");
  }

  @Test
  void aForecasterIsSaidInWords() {
    assertEquals(
        "3 networks of 1 layer of 32 GRU units (tanh), Adam, learning rate 0.005, 7 steps, seed 9",
        Forecaster.builder().members(3).steps(7).seed(9).build().toString());
  }

  @Test
  void valuesThatCannotBeLearntAreNamed() {
    double[] negative = WAVE.clone();
    negative[3] = -1;
    refused(
        () ->
            small().transformation(new Transformation(true, false)).build().fit(kernels, negative),
        "row 3 is -1.0, which has no logarithm");
    double[] huge = Arrays.stream(WAVE).map(value -> value * 1e200).toArray();
    refused(() -> small().build().fit(kernels, huge), "too large to be scaled");
    double[] tiny = Arrays.stream(WAVE).map(value -> value * 1e-322).toArray();
    refused(() -> small().build().fit(kernels, tiny), "too close to each other");
    assertEquals(0, kernels.allocatedBytes());
  }

  @Test
  void columnsThatAreNotToldApartAreRefused() {
    refused(
        () -> new Series(List.of("a", "b", "a"), new double[1][3]),
        "columns 0 and 2 are both named 'a'");
    refused(() -> new Series(List.of("a"), new double[][] {{1}, null}), "row 1 has no values");
    Series two = new Series(List.of("a", "b"), new double[40][2]);
    IndexOutOfBoundsException e =
        assertThrows(IndexOutOfBoundsException.class, () -> two.column(2));
    assertTrue(e.getMessage().contains("there are 2, [a, b]"), e.getMessage());
    refused(() -> fit(small().targets("a", "a"), two), "'a' is named twice");
    refused(() -> fit(small().targets("a").known("a"), two), "'a' is named twice");
    refused(() -> fit(small().known("a", "b"), two), "none to forecast");
  }

  private static void fit(Forecaster.Builder builder, Series series) {
    builder.build().fit(kernels, series, progress -> {}).close();
  }

  @Test
  void forecastsThatCannotBeMadeAreRefused() {
    try (ForecastModel model = small().window(6).build().fit(kernels, WAVE)) {
      for (int horizon : new int[] {0, -1, 10_000_001, Integer.MAX_VALUE}) {
        refused(() -> model.forecast(horizon), "horizon is " + horizon + ";", "at most 10000000");
        refused(() -> model.predict(WAVE, horizon, 0.8), "horizon is " + horizon + ";");
        refused(() -> model.generate(horizon, null, Generation.WINDOWS), "length is " + horizon);
      }
      for (double level : new double[] {0, 1, -1, 2, Double.POSITIVE_INFINITY}) {
        refused(() -> model.predict(3, level), "level is " + level + ";");
      }
      refused(() -> model.predict(3, 0.8, new double[3][2]), "[]; 3 are given, with 2 numbers");
      double[] broken = WAVE.clone();
      broken[39] = Double.NaN;
      refused(() -> model.predict(broken, 3, 0.8), "row 39 is NaN");
      refused(() -> model.timeOf(-1), "step is -1");
    }
    Forecaster knowing = small().targets("a").known("b").window(6).build();
    double[][] columns = new double[40][];
    Arrays.setAll(columns, row -> new double[] {WAVE[row], row % 3});
    Series two =
        new Series(List.of("a", "b"), columns, Shops.times(Frequency.Unit.MONTH, columns.length));
    try (ForecastModel model = knowing.fit(kernels, two, progress -> {})) {
      refused(
          () -> model.predict(2, Double.NaN, new double[][] {{1}, {Double.NaN}}),
          "row 1 of what is known ahead, column 'b', is NaN");
      assertTrue(model.timeOf(Integer.MAX_VALUE).orElseThrow().getYear() > 100_000_000);
    }
    refused(
        () -> Backtest.run(kernels, small().build(), WAVE, 1, 1, 1, 1_000_001, progress -> {}),
        "more than 1000000 trainings");
    assertThrows(NullPointerException.class, () -> small().build().fit(kernels, WAVE, null));
    assertEquals(0, kernels.allocatedBytes());
  }

  private static void refused(Runnable run, String... fragments) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, run::run, fragments[0]);
    requireAll(e, fragments);
  }

  private static void requireAll(IllegalArgumentException e, String... fragments) {
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  private static double[] wave(int rows) {
    double[] values = new double[rows];
    Arrays.setAll(values, row -> 10 + Math.sin(row * 0.7) + 0.01 * row);
    return values;
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder().units(4).members(1).batch(4).steps(2).validationRows(0);
  }
}
