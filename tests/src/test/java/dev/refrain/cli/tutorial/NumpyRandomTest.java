package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All numbers are printed by NumPy 2.4: {@code numpy.random.RandomState(seed).rand(n)}. */
class NumpyRandomTest {
  @Test
  void drawsNumpysDoubles() {
    assertArrayEquals(
        new double[] {
          0.3745401188473625,
          0.9507143064099162,
          0.7319939418114051,
          0.5986584841970366,
          0.15601864044243652
        },
        new NumpyRandom(42).rand(5));
    assertArrayEquals(
        new double[] {0.5488135039273248, 0.7151893663724195, 0.6027633760716439},
        new NumpyRandom(0).rand(3));
    assertArrayEquals(
        new double[] {0.0976320289940138, 0.9123828453026218},
        new NumpyRandom(4294967295L).rand(2));
  }

  /** The state of 624 words is made anew after 312 doubles. */
  @Test
  void goesOnAfterTheStateIsUsedUp() {
    double[] values = new NumpyRandom(42).rand(2000);
    assertEquals(0.4845229851910213, values[623]);
    assertEquals(0.618254771530296, values[624]);
    assertEquals(0.28218707469320015, values[1999]);
  }

  @Test
  void oneByOneIsTheSameAsManyAtOnce() {
    NumpyRandom one = new NumpyRandom(7);
    for (double value : new NumpyRandom(7).rand(1000)) {
      assertEquals(value, one.rand());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 4294967296L})
  void aSeedIsAnUnsignedWord(long seed) {
    assertEquals(
        "seed is " + seed + ", but must be from 0 to 4294967295",
        assertThrows(IllegalArgumentException.class, () -> new NumpyRandom(seed)).getMessage());
  }
}
