package dev.refrain;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import java.util.Set;
import java.util.TreeSet;

/**
 * An engine that tests run on; the cpu counts once for each instruction set, the CUDA kernels once
 * for each way to run a recurrent layer.
 *
 * @param engine name of the engine
 * @param variant what is forced, empty where an engine has no variants
 */
public record TestEngine(String engine, String variant) {
  /** Names of the engines opened since {@link #takeOpened()} was last called. */
  private static final Set<String> OPENED = new TreeSet<>();

  /** The engine of an engine's name that needs no variant. */
  public TestEngine(String engine) {
    this(engine, "");
  }

  /** Whether this is the judge of the others. */
  public boolean isReference() {
    return engine.equals("reference");
  }

  /** Whether the number of threads means anything to it. */
  public boolean hasThreads() {
    return engine.equals("cpu");
  }

  /** Whether one way of several to run recurrent layers is forced, which need not run them all. */
  public boolean mayDecline() {
    return !hasThreads() && !variant.isEmpty() && !variant.equals("auto");
  }

  /** Opens it in float32 with two threads. */
  public Kernels open() {
    return open(EngineOptions.DEFAULT.threads(2));
  }

  /** Opens it with so many threads. */
  public Kernels open(int threads) {
    return open(EngineOptions.DEFAULT.threads(threads));
  }

  /**
   * Opens it.
   *
   * @throws EngineUnavailableException if it cannot be had here
   */
  public Kernels open(EngineOptions options) {
    Kernels kernels =
        variant.isEmpty() ? Engines.open(new Device(engine, 0), options) : openVariant(options);
    synchronized (OPENED) {
      OPENED.add(toString());
    }
    return kernels;
  }

  /** The reference in float64, which judges. */
  public static Kernels openJudge() {
    return Engines.open(
        new Device("reference", 0), EngineOptions.DEFAULT.precision(Precision.FP64));
  }

  /** Which engines were opened since the last call. */
  static Set<String> takeOpened() {
    synchronized (OPENED) {
      Set<String> names = new TreeSet<>(OPENED);
      OPENED.clear();
      return names;
    }
  }

  private Kernels openVariant(EngineOptions options) {
    Kernels kernels = Engines.open(new Device(engine, 0), options.variant(variant));
    if (!kernels.variant().equals(variant)) {
      String opened = kernels.variant();
      kernels.close();
      throw new IllegalStateException(variant + " was asked for, but what opened is " + opened);
    }
    return kernels;
  }

  @Override
  public String toString() {
    return variant.isEmpty() ? engine : engine + " " + variant;
  }
}
