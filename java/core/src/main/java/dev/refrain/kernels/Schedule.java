package dev.refrain.kernels;

import java.util.Objects;

/**
 * How the learning rate follows the step: {@code lr = base · factor(s)} with {@code s = step − 1},
 * so the first step has s = 0.
 *
 * @param kind which rule
 * @param rate factor of one period, in (0, 1] (exponential, step)
 * @param period steps of one period; of the whole descent for cosine
 * @param floorFactor the last factor (cosine), in [0, 1]
 * @param staircase whether the exponent is floored (exponential)
 */
public record Schedule(Kind kind, double rate, long period, double floorFactor, boolean staircase) {

  /** The rules. */
  public enum Kind {
    /** {@code 1}. */
    CONSTANT,
    /** {@code rate^(s/period)}. */
    EXPONENTIAL,
    /** {@code floor + (1−floor)/2·(1 + cos(π·min(s, period)/period))}. */
    COSINE,
    /** {@code rate^⌊s/period⌋}. */
    STEP
  }

  /** The learning rate stays as it is. */
  public static final Schedule CONSTANT = new Schedule(Kind.CONSTANT, 1, 1, 0, false);

  public Schedule {
    Objects.requireNonNull(kind, "kind");
    Arguments.positive(period, "period");
    if (!(rate > 0 && rate <= 1)) {
      throw new IllegalArgumentException("rate is " + rate + "; it must lie in (0, 1]");
    }
    if (!(floorFactor >= 0 && floorFactor <= 1)) {
      throw new IllegalArgumentException(
          "floorFactor is " + floorFactor + "; it must lie in [0, 1]");
    }
  }

  /** Decays by {@code rate} every {@code period} steps, smoothly. */
  public static Schedule exponential(double rate, long period) {
    return new Schedule(Kind.EXPONENTIAL, rate, period, 0, false);
  }

  /** Falls along half a cosine to {@code floorFactor} in {@code period} steps and stays there. */
  public static Schedule cosine(long period, double floorFactor) {
    return new Schedule(Kind.COSINE, 1, period, floorFactor, false);
  }

  /** Drops by {@code rate} at every {@code period}-th step. */
  public static Schedule step(double rate, long period) {
    return new Schedule(Kind.STEP, rate, period, 0, false);
  }
}
