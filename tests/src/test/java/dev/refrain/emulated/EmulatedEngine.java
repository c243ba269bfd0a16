package dev.refrain.emulated;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.bridge.NativeBackend;
import dev.refrain.kernels.cuda.CudaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The CUDA engine's kernels, compiled for the CPU by the emulator: for tests alone. The build of
 * the tests makes the library that the system property {@code refrain.emulated.library} names.
 */
public final class EmulatedEngine implements Engine {
  /** Name of the engine, also in native code. */
  public static final String NAME = "emulated";

  private static final String LIBRARY_PROPERTY = "refrain.emulated.library";

  private static final class Holder {
    static final NativeBackend BACKEND = load();
  }

  /** Called by {@link java.util.ServiceLoader}. */
  public EmulatedEngine() {}

  private static NativeBackend load() {
    String library = System.getProperty(LIBRARY_PROPERTY, "");
    return Files.exists(Path.of(library)) && !library.isEmpty()
        ? NativeBackend.load(NAME, Path.of(library).toAbsolutePath())
        : NativeBackend.missing(
            NAME,
            "there is no library '"
                + library
                + "': build with -Drefrain.emulated=required to see why");
  }

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
    return Holder.BACKEND.availability();
  }

  @Override
  public List<String> variants() {
    return Holder.BACKEND.variants();
  }

  @Override
  public List<DeviceProperties> devices() {
    return Holder.BACKEND.devices();
  }

  @Override
  public Optional<DeviceSoftware> software() {
    return Holder.BACKEND.software();
  }

  @Override
  public Kernels open(Device device, EngineOptions options) {
    return Holder.BACKEND.open(device, CudaOptions.complete(options, variants()));
  }
}
