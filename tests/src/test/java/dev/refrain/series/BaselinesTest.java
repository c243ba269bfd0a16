package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class BaselinesTest {
  private static final double[] HISTORY = {9, 8, 1, 2, 3, 4};

  @Test
  void seasonalNaiveRepeatsTheLastSeason() {
    assertArrayEquals(new double[] {1, 2, 3, 4, 1, 2}, Baselines.seasonalNaive(HISTORY, 4, 6));
    assertArrayEquals(new double[] {9, 8, 1}, Baselines.seasonalNaive(HISTORY, 6, 3));
  }

  @Test
  void lastValueRepeatsTheLastValue() {
    assertArrayEquals(new double[] {4, 4, 4}, Baselines.lastValue(HISTORY, 3));
    assertArrayEquals(new double[0], Baselines.lastValue(HISTORY, 0));
  }

  @Test
  void unfitArgumentsAreRefused() {
    assertRefused(
        "a season of 7 steps needs as many values, but there are 6",
        () -> Baselines.seasonalNaive(HISTORY, 7, 1));
    assertRefused(
        "season is 0, but must be at least 1", () -> Baselines.seasonalNaive(HISTORY, 0, 1));
    assertRefused(
        "horizon is -1, but must not be negative", () -> Baselines.lastValue(HISTORY, -1));
    assertRefused(
        "a season of 1 steps needs as many values, but there are 0",
        () -> Baselines.lastValue(new double[0], 1));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
