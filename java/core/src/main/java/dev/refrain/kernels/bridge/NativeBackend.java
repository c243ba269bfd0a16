package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.DeviceProperties;
import dev.refrain.kernels.DeviceSoftware;
import dev.refrain.kernels.Engine.Availability;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.NvidiaLibrary;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_device_info;
import dev.refrain.kernels.bridge.generated.refrain_software_info;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/** A native engine that lives in a library of its own, beside the one of the cpu engine. */
public final class NativeBackend {
  private final String name;
  private final Availability availability;
  private final int devices;

  /** Whether its library could be opened, be there a device or none. */
  private final boolean loaded;

  private NativeBackend(String name, Availability availability, int devices, boolean loaded) {
    this.name = name;
    this.availability = availability;
    this.devices = devices;
    this.loaded = loaded;
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
      if (Native.refrain_load_backend(path) != Native.REFRAIN_OK) {
        return missing(name, Native.refrain_last_error().getString());
      }
      if (Native.refrain_device_count(backend, count) != Native.REFRAIN_OK || count.get() == 0) {
        String reason = Native.refrain_last_error().getString();
        return new NativeBackend(name, new Availability(false, reason), 0, true);
      }
      int devices = count.get();
      return new NativeBackend(name, new Availability(true, names(name, devices)), devices, true);
    }
  }

  private static String names(String name, int devices) {
    String names =
        describe(name, devices).stream()
            .map(each -> each.answers() ? each.name() : "one that does not answer")
            .collect(Collectors.joining(", "));
    return (devices == 1 ? "one device: " : devices + " devices: ") + names;
  }

  /** A backend that cannot be had, and why. */
  public static NativeBackend missing(String name, String reason) {
    return new NativeBackend(name, new Availability(false, reason), 0, false);
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

  /** Its devices with their free memory, also those that do not answer. */
  public List<DeviceProperties> devices() {
    return describe(name, devices).stream().map(this::withFreeMemory).toList();
  }

  private DeviceProperties withFreeMemory(DeviceProperties properties) {
    if (!properties.answers()) {
      return properties;
    }
    try (BytePointer backend = new BytePointer(name);
        LongPointer freeBytes = new LongPointer(1)) {
      return Native.refrain_free_memory(backend, properties.device().index(), freeBytes)
              == Native.REFRAIN_OK
          ? properties.withFreeBytes(freeBytes.get())
          : properties.withFault(Native.refrain_last_error().getString());
    }
  }

  /** What they are, without asking for free memory, which touches a device. */
  private static List<DeviceProperties> describe(String name, int devices) {
    List<DeviceProperties> described = new ArrayList<>();
    if (devices == 0) {
      return described; // without its library, nothing native may be touched
    }
    try (BytePointer backend = new BytePointer(name);
        refrain_device_info info = new refrain_device_info()) {
      for (int i = 0; i < devices; i++) {
        Device device = new Device(name, i);
        described.add(
            Native.refrain_describe_device(backend, i, info) == Native.REFRAIN_OK
                ? properties(device, info)
                : DeviceProperties.silent(device, Native.refrain_last_error().getString()));
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
        info.total_bytes(),
        0,
        null);
  }

  /** The software that its devices need; empty where its library cannot be opened. */
  public Optional<DeviceSoftware> software() {
    if (!loaded) {
      return Optional.empty();
    }
    try (BytePointer backend = new BytePointer(name);
        refrain_software_info info = new refrain_software_info()) {
      NativeStatus.check(Native.refrain_describe_software(backend, info));
      String driver = info.driver().getString();
      return Optional.of(
          new DeviceSoftware(
              driver.isEmpty() ? null : driver,
              cudaVersion(info.driver_version()),
              cudaVersion(info.runtime_version()),
              List.of(
                  library(NvidiaLibrary.CUBLAS, info.cublas_version(), info.cublas_reason()),
                  library(NvidiaLibrary.CUDNN, info.cudnn_version(), info.cudnn_reason()))));
    }
  }

  private static DeviceSoftware.Library library(
      NvidiaLibrary library, int version, BytePointer reason) {
    return new DeviceSoftware.Library(
        library, libraryVersion(version), version == 0 ? reason.getString() : null);
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
          describe(name, devices).stream()
              .map(
                  each ->
                      each.device()
                          + " ("
                          + (each.answers() ? each.name() : "does not answer")
                          + ")")
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
    DeviceProperties properties = describe(name, devices).get(device.index());
    if (!properties.answers()) {
      throw new EngineUnavailableException(
          "the device " + device + " does not answer: " + properties.fault());
    }
    long total = properties.totalBytes();
    long share = (long) (total * options.memoryFraction());
    long limit = options.memoryLimitBytes();
    return options.memoryLimitBytes(limit == 0 ? share : Math.min(limit, share));
  }
}
