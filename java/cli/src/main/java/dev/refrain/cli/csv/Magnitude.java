package dev.refrain.cli.csv;

import java.util.Arrays;
import java.util.Optional;

/** Numbers whose squares are numbers, too: what scalers and errors are computed from. */
final class Magnitude {
  private static final double LARGEST = 1e150;
  private static final double SMALLEST_SPREAD = 1e-130;

  private Magnitude() {}

  /** What is wrong with the numbers of a column; gaps may be NaN. */
  static Optional<String> problem(String column, double[] values) {
    double least = Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
    double most = Arrays.stream(values).filter(Double::isFinite).max().orElse(0);
    if (Math.max(Math.abs(least), Math.abs(most)) > LARGEST) {
      return Optional.of(
          "column '%s' reaches from %s to %s, beyond %s; divide it by a power of ten"
              .formatted(column, least, most, LARGEST));
    }
    if (most > least && most - least < SMALLEST_SPREAD) {
      return Optional.of(
          "column '%s' reaches from %s to %s, too close together to tell apart; multiply it by a"
                  .formatted(column, least, most)
              + " power of ten");
    }
    return Optional.empty();
  }
}
