package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeasonalityTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 7, 12, 24, 52})
  void aSeasonIsFoundUnderTrendAndNoise(int season) {
    SplittableRandom random = new SplittableRandom(season);
    double[] shape = random.doubles(season, -10, 10).toArray();
    double[] values =
        series(season * 12, t -> 100 + 0.5 * t + shape[t % season] + 2 * random.nextDouble());
    assertEquals(season, Seasonality.detect(values));
  }

  @Test
  void oneJumpHidesNoSeasonAndRoundingMakesNone() {
    double[] jumped = series(240, t -> (t < 150 ? 100 : 900) + 10 * Math.sin(2 * Math.PI * t / 12));
    assertEquals(12, Seasonality.detect(jumped));
    // Most changes are alike but for rounding; the others alone tell the season.
    assertEquals(8, Seasonality.detect(series(120, t -> 0.1 * (t % 8))));
  }

  @Test
  void noiseAndTrendsHaveNone() {
    int found = 0;
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] noise = random.doubles(150).toArray();
      found += Seasonality.detect(noise) == 1 ? 0 : 1;
      Arrays.parallelPrefix(noise, (a, b) -> a + b - 0.5);
      found += Seasonality.detect(noise) == 1 ? 0 : 1;
    }
    int wrong = found;
    assertTrue(wrong <= 5, () -> "a season was found in " + wrong + " of 100 series of noise");
    assertEquals(1, Seasonality.detect(series(100, t -> 3 + 2.5 * t)));
    assertEquals(1, Seasonality.detect(series(100, t -> 4)));
  }

  @Test
  void shortSeriesHaveNone() {
    for (int rows = 0; rows < 5; rows++) {
      assertEquals(1, Seasonality.detect(series(rows, t -> t % 2)));
    }
  }

  private static double[] series(int rows, IntToDoubleFunction value) {
    double[] series = new double[rows];
    Arrays.setAll(series, value);
    return series;
  }
}
