package dev.refrain.kernels;

/** Checks that name the value and what it must be. */
final class Arguments {
  private Arguments() {}

  static void positive(long value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
    }
  }

  static void inUnitInterval(double value, String name) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " is " + value + "; it must lie in [0, 1)");
    }
  }

  static void nonNegative(double value, String name) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be finite and >= 0");
    }
  }

  static void positiveFinite(double value, String name) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be finite and > 0");
    }
  }
}
