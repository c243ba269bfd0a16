package dev.refrain.kernels.reference;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine that is always there: plain Java, one thread, FP32 or FP64. */
public final class ReferenceEngine implements Engine {
  static final String VARIANT = "java";

  private static final Logger LOG = LoggerFactory.getLogger(ReferenceEngine.class);
  private static final AtomicBoolean SAID_THAT_IT_IS_SLOW = new AtomicBoolean();

  /** Called by {@link java.util.ServiceLoader}. */
  public ReferenceEngine() {}

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Availability availability() {
    return new Availability(true, "plain Java, needs nothing");
  }

  @Override
  public Kernels open(Device device, EngineOptions options) {
    if (device.index() != 0) {
      throw new EngineUnavailableException(
          "there is no device " + device + "; the reference engine has one, 'reference'");
    }
    Precision precision = options.precision();
    if (precision != Precision.FP32 && precision != Precision.FP64) {
      throw new EngineUnavailableException(
          "the reference engine computes in FP32 or FP64, not in "
              + precision
              + "; choose one of them, or another engine");
    }
    if (options.variant() != null && !options.variant().equals(VARIANT)) {
      throw new EngineUnavailableException(
          "the reference engine has no variant '"
              + options.variant()
              + "'; it has one, '"
              + VARIANT
              + "'");
    }
    if (SAID_THAT_IT_IS_SLOW.compareAndSet(false, true)) {
      LOG.warn(
          "the reference engine is made for checking and is slow;"
              + " the cpu engine, where its native library is built, is many times faster");
    }
    return new ReferenceKernels(device, precision, memoryLimitBytes(options));
  }

  /** The smaller of both caps, with the Java heap as the device's memory. */
  private static long memoryLimitBytes(EngineOptions options) {
    long limit = options.memoryLimitBytes() > 0 ? options.memoryLimitBytes() : Long.MAX_VALUE;
    if (options.memoryFraction() < 1) {
      long share = (long) (options.memoryFraction() * Runtime.getRuntime().maxMemory());
      limit = Math.min(limit, share);
    }
    return limit;
  }
}
