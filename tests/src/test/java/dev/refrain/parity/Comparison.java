package dev.refrain.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Comparisons of arrays that name the place and both values, and that no NaN slips through. */
public final class Comparison {
  private Comparison() {}

  /**
   * Equal up to {@code relative} times the largest finite magnitude expected. What is not finite
   * must be the same.
   */
  public static void assertClose(String what, double[] expected, double[] actual, double relative) {
    assertWithin(what, expected, actual, relative * largest(expected));
  }

  /** Equal up to {@code tolerance}. What is not finite must be the same. */
  public static void assertWithin(
      String what, double[] expected, double[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, () -> what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(expected[i] - actual[i]);
      boolean same = Double.compare(expected[i], actual[i]) == 0;
      if (!(same || difference <= tolerance)) {
        fail(
            String.format(
                "%s[%d] is %s, expected %s: off by %.3g, allowed %.3g; largest of all is %.3g",
                what, i, actual[i], expected[i], difference, tolerance, largest(expected)));
      }
    }
  }

  /** Equal bit for bit. */
  public static void assertSameBits(String what, double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length, () -> what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      if (Double.doubleToLongBits(expected[i]) != Double.doubleToLongBits(actual[i])) {
        fail(
            String.format(
                "%s[%d] is %s, expected the bits of %s", what, i, actual[i], expected[i]));
      }
    }
  }

  /** Equal bit for bit. */
  public static void assertSameBits(String what, float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length, () -> what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
        fail(
            String.format(
                "%s[%d] is %s, expected the bits of %s", what, i, actual[i], expected[i]));
      }
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      if (Double.isFinite(value)) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }
}
