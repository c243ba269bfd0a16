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
      assertTrue(result.model() < result.lastValue(), result::toString);
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
