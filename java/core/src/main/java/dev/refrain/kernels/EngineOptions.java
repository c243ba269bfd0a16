package dev.refrain.kernels;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * How to open an engine. Made from {@link #DEFAULT} by its methods:
 *
 * <pre>{@code
 * EngineOptions.DEFAULT.precision(Precision.TF32).memoryFraction(0.5)
 * }</pre>
 *
 * @param variant instruction set or kernel family to force, such as {@code avx2} or {@code
 *     perStep}; null for the engine's own choice, a fixed function of the device and the layer
 * @param precision how it computes; an engine refuses what it does not have
 * @param threads worker threads of a cpu engine, 0 for one a core; changes no result but that of
 *     {@link Kernels#word2vec} where that may race
 * @param memoryLimitBytes cap on device memory, 0 for none
 * @param memoryFraction cap on device memory as a share of the device's, in (0, 1]
 * @param libraries which of NVIDIA's libraries the cuda engine may use where it finds them
 * @param autotune whether the cuda engine times the variants of a recurrent layer once for each
 *     shape and keeps the fastest, instead of fixed rules; bits may then differ between runs
 */
public record EngineOptions(
    String variant,
    Precision precision,
    int threads,
    long memoryLimitBytes,
    double memoryFraction,
    Set<NvidiaLibrary> libraries,
    boolean autotune) {

  /** True float32, one thread a core, no cap, every library, fixed rules. */
  public static final EngineOptions DEFAULT =
      new EngineOptions(null, Precision.FP32, 0, 0, 1, EnumSet.allOf(NvidiaLibrary.class), false);

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
    Set<NvidiaLibrary> copy = EnumSet.noneOf(NvidiaLibrary.class);
    copy.addAll(libraries);
    libraries = Collections.unmodifiableSet(copy);
  }

  /** With this variant. */
  public EngineOptions variant(String newVariant) {
    return new EngineOptions(
        newVariant, precision, threads, memoryLimitBytes, memoryFraction, libraries, autotune);
  }

  /** With this precision. */
  public EngineOptions precision(Precision newPrecision) {
    return new EngineOptions(
        variant, newPrecision, threads, memoryLimitBytes, memoryFraction, libraries, autotune);
  }

  /** With this many threads. */
  public EngineOptions threads(int newThreads) {
    return new EngineOptions(
        variant, precision, newThreads, memoryLimitBytes, memoryFraction, libraries, autotune);
  }

  /** With this cap, in bytes. */
  public EngineOptions memoryLimitBytes(long newLimit) {
    return new EngineOptions(
        variant, precision, threads, newLimit, memoryFraction, libraries, autotune);
  }

  /** With this cap, as a share of the device's memory. */
  public EngineOptions memoryFraction(double newFraction) {
    return new EngineOptions(
        variant, precision, threads, memoryLimitBytes, newFraction, libraries, autotune);
  }

  /** With these libraries at most. */
  public EngineOptions libraries(Set<NvidiaLibrary> newLibraries) {
    return new EngineOptions(
        variant, precision, threads, memoryLimitBytes, memoryFraction, newLibraries, autotune);
  }

  /** With or without timing. */
  public EngineOptions autotune(boolean newAutotune) {
    return new EngineOptions(
        variant, precision, threads, memoryLimitBytes, memoryFraction, libraries, newAutotune);
  }
}
