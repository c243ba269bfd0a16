package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Engine.Availability;
import dev.refrain.kernels.bridge.generated.Native;
import org.bytedeco.javacpp.Loader;

/** Loads Refrain's native library, once, and tells how that went. */
public final class NativeLibrary {
  private NativeLibrary() {}

  private static final class Holder {
    static final Availability AVAILABILITY = load();
  }

  /** Whether the library is loaded, and why or why not. Never fails. */
  public static Availability availability() {
    return Holder.AVAILABILITY;
  }

  private static Availability load() {
    try {
      Loader.load(Native.class);
      return new Availability(
          true, "native library " + Native.refrain_version().getString() + " is loaded");
    } catch (LinkageError e) {
      return new Availability(
          false,
          "no native library for "
              + Loader.getPlatform()
              + " ("
              + e.getMessage()
              + "); build Refrain where g++ and CMake are installed, or add a jar that holds it");
    }
  }
}
