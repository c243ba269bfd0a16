package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LevelShiftsTest {
  private static final int SEASON = 12;

  /** A season of 10 to both sides, noise of deviation 2, and a jump from 100 to 300. */
  private static double[] jumping(int rows, int jump, long seed) {
    Random random = new Random(seed);
    double[] values = new double[rows];
    Arrays.setAll(
        values,
        t ->
            (t < jump ? 100 : 300)
                + 10 * Math.sin(2 * Math.PI * t / SEASON)
                + 2 * random.nextGaussian());
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {48, 120, 200, 230, 253})
  void aJumpIsFoundAtItsRow(int jump) {
    List<LevelShift> shifts = LevelShifts.of(jumping(260, jump, jump), SEASON);
    assertEquals(List.of(jump), shifts.stream().map(LevelShift::row).toList());
    // The median of 7 differences at least: 1.25 * 2 * √(2 / 7) is its deviation.
    assertEquals(200, shifts.get(0).size(), 5 * 1.25 * 2 * Math.sqrt(2.0 / 7));
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 120, 175, 259})
  void anOutlierHidesNoJump(int outlier) {
    double[] values = jumping(260, 150, 3);
    values[outlier] += 3000;
    List<LevelShift> shifts = LevelShifts.of(values, SEASON);
    assertEquals(List.of(150), shifts.stream().map(LevelShift::row).toList());
    assertEquals(200, shifts.get(0).size(), 4);
  }

  /** Noise may hide from fewer rows what all of them tell: that is no reason to learn the jump. */
  @Test
  void aJumpBeforeTheTailIsTriedBothWays() {
    int differ = 0;
    for (int seed = 0; seed < 300; seed++) {
      double[] values = new double[260];
      Random random = new Random(seed);
      Arrays.setAll(values, t -> 100 + (t < 205 ? 0 : 9) + 2 * random.nextGaussian());
      List<LevelShift> whole = LevelShifts.of(values, SEASON);
      ForecastSettings settings = new ForecastSettings();
      settings.season = SEASON;
      Task task = settings.task(values);
      Validation plan = Validation.plan(settings, task, settings.singleShape());
      int rows = plan.trainingRows();
      boolean early = whole.size() == 1 && whole.get(0).row() <= rows - 4;
      if (early && LevelShifts.of(Arrays.copyOf(values, rows), SEASON).isEmpty()) {
        differ++;
        assertTrue(plan.candidates().stream().anyMatch(each -> !each.leveled()), "seed " + seed);
        int leveled = plan.candidates().indexOf(Transformation.parse("leveled"));
        Preparation known = plan.frames(StandardScaler.NAME).get(leveled).preparation();
        assertEquals(whole, known.transformations()[0].shifts());
      }
    }
    assertTrue(differ > 0, "none of the series is of that kind");
  }

  @Test
  void jumpsOfLogarithmsAndOfAnyTargetCount() {
    double[][] rows = new double[260][];
    Random random = new Random(9);
    for (int row = 0; row < rows.length; row++) {
      // A jump of the logarithm by 0.5, where the swings of the values grow a thousandfold after.
      double growing = Math.exp(row / 30.0 + (row < 60 ? 0 : 0.5) + 0.02 * random.nextGaussian());
      rows[row] = new double[] {50 + random.nextGaussian(), growing};
    }
    Task both = new Task("", rows, SEASON, 1);
    ForecastSettings settings = new ForecastSettings();
    assertEquals(List.of(), LevelShifts.of(both.column(1), SEASON));
    List<Transformation> leveled =
        settings.candidates(both, 2).stream().filter(Transformation::leveled).toList();
    assertTrue(!leveled.isEmpty() && leveled.stream().allMatch(Transformation::logarithm));
    double[][] second = new double[260][];
    Arrays.setAll(second, row -> new double[] {random.nextGaussian(), row < 200 ? 100 : 300});
    assertTrue(settings.unvalidated(new Task("", second, SEASON, 1), 2).leveled());
    assertFalse(settings.unvalidated(new Task("", second, SEASON, 1), 1).leveled());
  }

  @ParameterizedTest
  @ValueSource(strings = {"leveled", "log-leveled", "leveled-deseasoned", "leveled-difference"})
  void otherRowsAreForecastAtTheirLevel(String transformation, @TempDir Path folder)
      throws Exception {
    Forecaster forecaster =
        Forecaster.builder()
            .season(SEASON)
            .transformation(Transformation.parse(transformation))
            .validationRows(0)
            .members(1)
            .steps(150)
            .build();
    double[] history = jumping(260, 200, 3);
    double[] before = Arrays.copyOf(jumping(260, 240, 4), 150);
    double[] further = jumping(300, 150, 5);
    for (int row = 250; row < further.length; row++) {
      further[row] += 300;
    }
    double[] above = Arrays.stream(before).map(value -> value + 500).toArray();
    Path file = folder.resolve("model.safetensors");
    try (Kernels kernels = TestEngines.fastest().open()) {
      try (ForecastModel model = forecaster.fit(kernels, history)) {
        model.save(file);
        assertArrayEquals(model.forecast(12), model.predict(history, 12, Double.NaN).values());
      }
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        for (double[] rows : List.of(before, further, above, history)) {
          double level = rows == before ? 100 : rows == history ? 300 : 600;
          double[] forecast = loaded.predict(rows, 12, Double.NaN).values();
          double[] expected = new double[12];
          Arrays.setAll(
              expected, h -> level + 10 * Math.sin(2 * Math.PI * (rows.length + h) / SEASON));
          // A level that is not known makes 80 and more.
          double error = ForecastMetrics.mae(expected, forecast);
          assertTrue(error < 8, () -> error + " at " + level + ": " + Arrays.toString(forecast));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {48, 100, 139})
  void withoutNoiseItIsFoundAsWell(int jump) {
    double[] values = new double[150];
    Arrays.setAll(values, t -> (t < jump ? 10 : 30) + 5 * Math.sin(2 * Math.PI * t / SEASON));
    List<LevelShift> shifts = LevelShifts.of(values, SEASON);
    assertEquals(List.of(jump), shifts.stream().map(LevelShift::row).toList());
    assertEquals(20, shifts.get(0).size(), 1e-12);
  }

  @Test
  void jumpsBothWaysAreFoundButNotMany() {
    double[] noise = new Random(4).doubles(300).toArray();
    double[] two = noise.clone();
    double[] many = noise.clone();
    for (int row = 0; row < two.length; row++) {
      two[row] += row >= 100 && row < 200 ? 30 : 0;
      many[row] += row / 30 % 2 == 0 ? 30 : 0;
    }
    assertEquals(List.of(100, 200), LevelShifts.of(two, 1).stream().map(LevelShift::row).toList());
    assertEquals(List.of(), LevelShifts.of(many, 1));
  }

  @Test
  void noiseWalksSpikesSlopesAndSeasonsAreNoJumps() {
    Random random = new Random(8);
    for (int trial = 0; trial < 100; trial++) {
      double[] noise = new double[150 + trial];
      double[] spikes = new double[noise.length];
      double[] slope = new double[noise.length];
      for (int row = 0; row < noise.length; row++) {
        noise[row] = random.nextGaussian();
        // From 6 rows before the end on, a spike cannot be told from a jump.
        boolean spike = row % SEASON == 11 || row == noise.length / 2;
        spikes[row] = noise[row] + (spike ? 40 : 0);
        double ramp = Math.max(0, Math.min(40, row - noise.length / 2));
        slope[row] = noise[row] + 5 * ramp;
      }
      double[] walk = noise.clone();
      Arrays.parallelPrefix(walk, Double::sum);
      for (double[] values : List.of(noise, spikes, slope, walk)) {
        assertEquals(List.of(), LevelShifts.of(values, SEASON), "trial " + trial);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, Integer.MAX_VALUE - 3, Integer.MAX_VALUE})
  void fewRowsTellNothing(int season) {
    double[] few = new double[20];
    few[19] = 5;
    assertEquals(List.of(), LevelShifts.of(few, season));
    assertEquals(List.of(), LevelShifts.of(new double[0], season));
  }

  @Test
  void theSeasonIsFoundBesideAJump() {
    assertEquals(SEASON, Seasonality.detect(jumping(260, 200, 1)));
  }

  @Test
  void leveledRowsAreAtTheLastLevelAndForecastsStayThere() {
    double[] values = jumping(260, 200, 2);
    FittedTransformation fitted = Transformation.parse("leveled").fit(values, SEASON);
    double[] leveled = fitted.apply(values);
    for (int row = 0; row < leveled.length; row++) {
      assertEquals(300, leveled[row], 20, "row " + row);
    }
    assertArrayEquals(Arrays.copyOfRange(values, 200, 260), Arrays.copyOfRange(leveled, 200, 260));
    assertArrayEquals(
        new double[] {300, 310},
        fitted.invert(new double[] {300, 310}, new double[] {values[259]}, 260));
    // Other rows of the same series have other levels.
    assertEquals(
        List.of(60),
        fitted.of(Arrays.copyOfRange(values, 140, 260)).shifts().stream()
            .map(LevelShift::row)
            .toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 235})
  void theDefaultsForecastASeriesThatJumped(int jump, @TempDir Path folder) throws Exception {
    double[] values = jumping(260, jump, 3);
    double[] history = Arrays.copyOf(values, 248);
    double[] expected = Arrays.copyOfRange(values, 248, 260);
    Forecaster forecaster = Forecaster.builder().season(SEASON).members(3).steps(150).build();
    try (Kernels kernels = TestEngines.fastest().open();
        ForecastModel model = forecaster.fit(kernels, history)) {
      double[] forecast = model.forecast(12);
      double error = ForecastMetrics.mae(expected, forecast);
      double lastValue = ForecastMetrics.mae(expected, Baselines.lastValue(history, 12));
      // Noise alone makes a mean error of 1.6; a jump that is learnt, of 20 and more.
      assertTrue(error < 4 && error < lastValue / 2, () -> error + " beside " + lastValue);
      assertTrue(model.transformation().leveled());
      assertEquals(jump, model.levelShifts(0).get(0).row());
      ValidationResult result = model.validation().orElseThrow();
      // The season makes errors of 4 at most where nobody is charged with the jump; it, some 40.
      assertTrue(result.model() < result.lastValue(), result::toString);
      assertTrue(result.lastValue() < 6 && result.seasonalNaive() < 2, result::toString);
      Path file = folder.resolve("model.safetensors");
      model.save(file);
      try (ForecastModel loaded = ForecastModel.load(file, kernels)) {
        assertArrayEquals(forecast, loaded.forecast(12));
        assertEquals(model.levelShifts(0), loaded.levelShifts(0));
        assertEquals(model.validation(), loaded.validation());
      }
    }
  }

  @Test
  void nothingIsLeveledWhereNothingJumps() {
    double[] values = new double[120];
    Arrays.setAll(values, t -> 50 + t + 8 * Math.sin(2 * Math.PI * t / SEASON));
    assertFalse(Transformation.choose(values, SEASON).leveled());
    assertTrue(Transformation.choose(jumping(260, 200, 5), SEASON).leveled());
    ForecastSettings settings = new ForecastSettings();
    Task plain = settings.task(values);
    assertTrue(settings.candidates(plain, 1).stream().noneMatch(Transformation::leveled));
    Task jumped = settings.task(jumping(260, 200, 5));
    assertEquals(
        settings.candidates(jumped, 1).size() / 2,
        settings.candidates(jumped, 1).stream().filter(Transformation::leveled).count());
  }
}
