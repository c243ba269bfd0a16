package dev.refrain.kernels;

import java.util.Objects;

/**
 * How to open an engine.
 *
 * @param variant instruction set or kernel family to force, such as {@code avx2}; null for the
 *     engine's own choice, a fixed function of the device
 * @param precision how it computes; an engine refuses what it does not have
 * @param threads worker threads of a cpu engine, 0 for one a core; never changes a result
 * @param memoryLimitBytes cap on device memory, 0 for none
 * @param memoryFraction cap on device memory as a share of the device's, in (0, 1]
 */
public record EngineOptions(
    String variant,
    Precision precision,
    int threads,
    long memoryLimitBytes,
    double memoryFraction) {

  /** True float32, one thread a core, no cap. */
  public static final EngineOptions DEFAULT = new EngineOptions(null, Precision.FP32, 0, 0, 1);

  public EngineOptions {
    Objects.requireNonNull(precision, "precision");
    if (threads < 0) {
      throw new IllegalArgumentException("threads is " + threads + "; give 0 for one a core");
    }
    if (memoryLimitBytes < 0) {
      throw new IllegalArgumentException(
          "memoryLimitBytes is " + memoryLimitBytes + "; give 0 for no cap");
    }
    if (!(memoryFraction > 0 && memoryFraction <= 1)) {
      throw new IllegalArgumentException(
          "memoryFraction is " + memoryFraction + "; it must lie in (0, 1]");
    }
  }

  /** With this variant. */
  public EngineOptions variant(String newVariant) {
    return new EngineOptions(newVariant, precision, threads, memoryLimitBytes, memoryFraction);
  }

  /** With this precision. */
  public EngineOptions precision(Precision newPrecision) {
    return new EngineOptions(variant, newPrecision, threads, memoryLimitBytes, memoryFraction);
  }

  /** With this many threads. */
  public EngineOptions threads(int newThreads) {
    return new EngineOptions(variant, precision, newThreads, memoryLimitBytes, memoryFraction);
  }

  /** With this cap. */
  public EngineOptions memoryLimitBytes(long newLimit) {
    return new EngineOptions(variant, precision, threads, newLimit, memoryFraction);
  }
}
