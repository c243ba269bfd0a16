package dev.refrain.emulated;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.bridge.NativeBackend;
import dev.refrain.kernels.bridge.NativeKernels;
import java.nio.file.Path;

/**
 * The CUDA engine's kernels, compiled for the CPU by the emulator: for tests alone. {@code
 * -Drefrain.emulated=PATH} names the library, which CMake builds with {@code REFRAIN_EMULATED=ON}.
 */
public final class EmulatedEngine implements Engine {
  /** Name of the engine, also in native code. */
  public static final String NAME = "emulated";

  private static final String LIBRARY_PROPERTY = "refrain.emulated";

  private static final class Holder {
    static final Availability AVAILABILITY = load();
  }

  /** Called by {@link java.util.ServiceLoader}. */
  public EmulatedEngine() {}

  @Override
  public String name() {
    return NAME;
  }

  /** Below the reference: {@code auto} never chooses it. */
  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Availability availability() {
    return Holder.AVAILABILITY;
  }

  private static Availability load() {
    String library = System.getProperty(LIBRARY_PROPERTY, "");
    if (library.isEmpty()) {
      return new Availability(
          false, "no -D" + LIBRARY_PROPERTY + "=PATH names the library of the emulated engine");
    }
    return NativeBackend.load(NAME, Path.of(library).toAbsolutePath());
  }

  @Override
  public Kernels open(Device device, EngineOptions options) {
    Availability availability = availability();
    if (!availability.available()) {
      throw new EngineUnavailableException(
          "the emulated engine cannot be had: " + availability.reason());
    }
    return new NativeKernels(device, NAME, options);
  }
}
