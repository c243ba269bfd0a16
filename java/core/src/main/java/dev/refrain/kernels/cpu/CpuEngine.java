package dev.refrain.kernels.cpu;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.bridge.NativeBackend;
import dev.refrain.kernels.bridge.NativeKernels;
import dev.refrain.kernels.bridge.NativeLibrary;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * The native engine for any CPU: C++ with SIMD and threads. The instruction set is chosen when a
 * device is opened; the system property {@code refrain.cpu} forces {@code portable}, {@code avx2}
 * or {@code avx512}.
 */
public final class CpuEngine implements Engine {
  /** Name of the engine, also in native code. */
  public static final String NAME = "cpu";

  /** System property that forces an instruction set. */
  public static final String VARIANT_PROPERTY = "refrain.cpu";

  /** Called by {@link java.util.ServiceLoader}. */
  public CpuEngine() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Availability availability() {
    return NativeLibrary.availability();
  }

  @Override
  public List<String> variants() {
    return availability().available() ? NativeBackend.variantsOf(NAME) : List.of();
  }

  @Override
  public Kernels open(Device device, EngineOptions options) {
    Availability availability = availability();
    if (!availability.available()) {
      throw new EngineUnavailableException(
          "the cpu engine cannot be had: " + availability.reason());
    }
    if (device.index() != 0) {
      throw new EngineUnavailableException(
          "there is no device " + device + "; the cpu engine has one, cpu");
    }
    String variant =
        options.variant() == null ? System.getProperty(VARIANT_PROPERTY) : options.variant();
    return new NativeKernels(device, NAME, cap(options).variant(variant));
  }

  private static EngineOptions cap(EngineOptions options) {
    if (options.memoryFraction() == 1) {
      return options;
    }
    long share = (long) (Pointer.totalPhysicalBytes() * options.memoryFraction());
    long limit = options.memoryLimitBytes();
    return options.memoryLimitBytes(limit == 0 ? share : Math.min(limit, share));
  }
}
