package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransformationTest {
  private static final double[] VALUES = {2, 4, 3, 9};

  @Test
  void differencesAreThoseOfLogarithms() {
    Transformation both = new Transformation(true, true);
    double[] expected = {Math.log(2), Math.log(0.75), Math.log(3)};
    assertArrayEquals(expected, both.fit(VALUES, 1).apply(VALUES), 1e-15);
    assertEquals(1, both.lost(1));
  }

  static Stream<String> names() {
    return Transformation.NAMES.stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void invertGoesOnWhereTheSeriesEnds(String name) {
    int season = 4;
    double[] values = series(40, t -> 30 + t + 5 * Math.sin(Math.PI * t / 2) + 0.01 * t * t);
    Transformation transformation = Transformation.parse(name);
    assertEquals(name, transformation.toString());
    double[] training = Arrays.copyOf(values, 29);
    FittedTransformation fitted = transformation.fit(training, season);
    double[] whole = fitted.apply(values);
    assertEquals(values.length - fitted.lost(), whole.length);
    double[] end = Arrays.copyOfRange(whole, whole.length - 7, whole.length);
    double[] tail = Arrays.copyOfRange(values, 33 - fitted.tail(), 33);
    double[] expected = Arrays.copyOfRange(values, 33, 40);
    assertArrayEquals(expected, fitted.invert(end, tail, 33), 1e-10);
  }

  @Test
  void whatIsTakenOutOfAPureSeasonLeavesNothingOfIt() {
    double[] season = series(60, t -> 7 + new double[] {1, -2, 5}[t % 3]);
    Transformation out = new Transformation(false, Transformation.Seasonal.INDICES, false);
    for (double value : out.fit(season, 3).apply(season)) {
      assertEquals(7 + 4.0 / 3, value, 1e-12);
    }
  }

  @Test
  void swingsThatGrowWithTheLevelAskForTheLogarithm() {
    double[] growing =
        series(120, t -> 100 * Math.exp(0.01 * t) * (1 + 0.3 * Math.sin(2 * Math.PI * t / 12)));
    assertTrue(Transformation.choose(growing, 12).logarithm());
    double[] even = series(120, t -> 100 + 2 * t + 30 * Math.sin(2 * Math.PI * t / 12));
    assertEquals(new Transformation(false, true), Transformation.choose(even, 12));
  }

  @Test
  void valuesThatAreNotPositiveHaveNoLogarithm() {
    double[] growing =
        series(120, t -> Math.exp(0.02 * t) * (1 + Math.sin(2 * Math.PI * t / 12)) - 0.5);
    assertEquals(false, Transformation.choose(growing, 12).logarithm());
    assertThrows(
        IllegalArgumentException.class,
        () -> new Transformation(true, false).fit(VALUES, 1).apply(new double[] {1, 0}));
  }

  @Test
  void noiseIsNotDifferenced() {
    SplittableRandom random = new SplittableRandom(7);
    double[] noise = series(200, t -> random.nextDouble());
    assertEquals(false, Transformation.choose(noise, 1).difference());
    double[] walk = noise.clone();
    Arrays.parallelPrefix(walk, (a, b) -> a + b - 0.5);
    assertTrue(Transformation.choose(walk, 1).difference());
  }

  @Test
  void unknownNamesAreRefusedWithTheKnownOnes() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Transformation.parse("sqrt"));
    assertTrue(e.getMessage().contains("'sqrt'"), e.getMessage());
    assertTrue(e.getMessage().contains("log-difference"), e.getMessage());
  }

  private static double[] series(int rows, IntToDoubleFunction value) {
    double[] series = new double[rows];
    Arrays.setAll(series, value);
    return series;
  }
}
