package dev.refrain.kernels.cuda;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.NvidiaLibrary;
import dev.refrain.kernels.bridge.NativeBackend;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The engine for NVIDIA GPUs. {@code refrain.rnn}, {@code refrain.cublas} and {@code refrain.cudnn}
 * are system properties that force what {@link CudaOptions} says.
 */
public final class CudaEngine implements Engine {
  /** Name of the engine, also in native code. */
  public static final String NAME = "cuda";

  /** Loaded when somebody first asks, and once: what is missing does not come while a JVM runs. */
  private static final class Holder {
    static final NativeBackend BACKEND = CudaLibrary.load(NAME);
  }

  /** Called by {@link java.util.ServiceLoader}. */
  public CudaEngine() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int rank() {
    return 200;
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
    if (availability().available()) {
      VendorLibraries.load();
    }
    return Holder.BACKEND.devices();
  }

  @Override
  public Optional<DeviceSoftware> software() {
    boolean device = availability().available();
    if (device) {
      VendorLibraries.load();
    }
    return Optional.of(
        LibraryJars.addTo(
            Holder.BACKEND.software().orElseGet(CudaEngine::unseen),
            CudaEngine.class.getClassLoader(),
            device ? VendorLibraries.failures() : null));
  }

  /** Without its own library nobody looks for the driver and the others. */
  private static DeviceSoftware unseen() {
    return new DeviceSoftware(
        null,
        null,
        null,
        Arrays.stream(NvidiaLibrary.values())
            .map(
                library ->
                    new DeviceSoftware.Library(
                        library, null, "not looked for without the engine's own library"))
            .toList());
  }

  /**
   * {@inheritDoc}
   *
   * @throws EngineUnavailableException also if a system property asks for what there is not
   */
  @Override
  public Kernels open(Device device, EngineOptions options) {
    NativeBackend backend = Holder.BACKEND;
    if (!backend.availability().available()) {
      return backend.open(device, options);
    }
    EngineOptions complete = CudaOptions.complete(options, backend.variants());
    VendorLibraries.load();
    Kernels kernels = backend.open(device, complete);
    software()
        .map(found -> VendorLibraries.notices(options.libraries(), complete.libraries(), found))
        .ifPresent(VendorLibraries::say);
    return kernels;
  }
}
