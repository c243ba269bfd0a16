package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Engine.Availability;
import dev.refrain.kernels.bridge.generated.Native;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;

/** A native engine that lives in a library of its own, beside the one of the cpu engine. */
public final class NativeBackend {
  private NativeBackend() {}

  /**
   * Loads a backend's library and counts its devices. Never fails.
   *
   * @param name the backend's own name, by which {@link NativeKernels} opens it
   */
  public static Availability load(String name, Path library) {
    Availability core = NativeLibrary.availability();
    if (!core.available()) {
      return core;
    }
    try (BytePointer path = new BytePointer(library.toString());
        BytePointer backend = new BytePointer(name);
        IntPointer count = new IntPointer(1)) {
      if (Native.refrain_load_backend(path) != Native.REFRAIN_OK
          || Native.refrain_device_count(backend, count) != Native.REFRAIN_OK
          || count.get() == 0) {
        return new Availability(false, Native.refrain_last_error().getString());
      }
      int devices = count.get();
      return new Availability(true, devices == 1 ? "one device" : devices + " devices");
    }
  }
}
