package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.Engine.Availability;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_device_info;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/** A native engine that lives in a library of its own, beside the one of the cpu engine. */
public final class NativeBackend {
  private final String name;
  private final Availability availability;
  private final int devices;

  private NativeBackend(String name, Availability availability, int devices) {
    this.name = name;
    this.availability = availability;
    this.devices = devices;
  }

  /**
   * Loads a backend's library and counts its devices. Never fails.
   *
   * @param name the backend's own name
   */
  public static NativeBackend load(String name, Path library) {
    Availability core = NativeLibrary.availability();
    if (!core.available()) {
      return missing(name, core.reason());
    }
    try (BytePointer path = new BytePointer(library.toString());
        BytePointer backend = new BytePointer(name);
        IntPointer count = new IntPointer(1)) {
      if (Native.refrain_load_backend(path) != Native.REFRAIN_OK
          || Native.refrain_device_count(backend, count) != Native.REFRAIN_OK
          || count.get() == 0) {
        return missing(name, Native.refrain_last_error().getString());
      }
      int devices = count.get();
      return new NativeBackend(name, new Availability(true, names(name, devices)), devices);
    }
  }

  private static String names(String name, int devices) {
    String names =
        describe(name, devices).stream()
            .map(DeviceProperties::name)
            .collect(Collectors.joining(", "));
    return (devices == 1 ? "one device: " : devices + " devices: ") + names;
  }

  /** A backend that cannot be had, and why. */
  public static NativeBackend missing(String name, String reason) {
    return new NativeBackend(name, new Availability(false, reason), 0);
  }

  /** Whether it has a device. */
  public Availability availability() {
    return availability;
  }

  /** What {@link EngineOptions#variant()} may be; empty if it is not available. */
  public List<String> variants() {
    return availability.available() ? variantsOf(name) : List.of();
  }

  /** What {@link EngineOptions#variant()} may be for a backend that is loaded. */
  public static List<String> variantsOf(String name) {
    try (BytePointer backend = new BytePointer(name);
        PointerPointer<BytePointer> names = new PointerPointer<>(1)) {
      NativeStatus.check(Native.refrain_variants(backend, names));
      return List.of(names.get(BytePointer.class).getString().split(","));
    }
  }

  /** Its devices; without those that do not answer. */
  public List<DeviceProperties> devices() {
    return describe(name, devices);
  }

  private static List<DeviceProperties> describe(String name, int devices) {
    List<DeviceProperties> described = new ArrayList<>();
    try (BytePointer backend = new BytePointer(name);
        refrain_device_info info = new refrain_device_info()) {
      for (int i = 0; i < devices; i++) {
        if (Native.refrain_describe_device(backend, i, info) == Native.REFRAIN_OK) {
          described.add(properties(new Device(name, i), info));
        }
      }
    }
    return described;
  }

  private static DeviceProperties properties(Device device, refrain_device_info info) {
    return new DeviceProperties(
        device,
        info.name().getString(),
        info.capability() / 10 + "." + info.capability() % 10,
        info.multiprocessors(),
        cudaVersion(info.driver_version()),
        cudaVersion(info.runtime_version()),
        libraryVersion(info.cudnn_version()),
        libraryVersion(info.cublas_version()),
        info.total_bytes(),
        info.free_bytes());
  }

  /** 13020 is 13.2. */
  private static String cudaVersion(int version) {
    return version == 0 ? null : version / 1000 + "." + version % 1000 / 10;
  }

  /** 92501 is 9.25.1. */
  private static String libraryVersion(int version) {
    return version == 0 ? null : version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
  }

  /**
   * Opens a device, with the smaller of the two caps on its memory.
   *
   * @throws EngineUnavailableException if it cannot be had; the message says why
   */
  public Kernels open(Device device, EngineOptions options) {
    if (!availability.available()) {
      throw new EngineUnavailableException(
          "the " + name + " engine cannot be had: " + availability.reason());
    }
    if (device.index() >= devices) {
      String there =
          devices().stream()
              .map(each -> each.device() + " (" + each.name() + ")")
              .collect(Collectors.joining(", "));
      throw new EngineUnavailableException(
          "there is no device " + device + "; this machine has " + there);
    }
    return new NativeKernels(device, name, cap(device, options));
  }

  private EngineOptions cap(Device device, EngineOptions options) {
    if (options.memoryFraction() == 1) {
      return options;
    }
    long total =
        devices().stream()
            .filter(each -> each.device().index() == device.index())
            .mapToLong(DeviceProperties::totalBytes)
            .findFirst()
            .orElseThrow(
                () -> new EngineUnavailableException("the device " + device + " does not answer"));
    long share = (long) (total * options.memoryFraction());
    long limit = options.memoryLimitBytes();
    return options.memoryLimitBytes(limit == 0 ? share : Math.min(limit, share));
  }
}
