package dev.refrain.kernels.bridge;

import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.bridge.generated.Native;

/** Turns the status of a native call into an exception with the native message. */
final class NativeStatus {
  private NativeStatus() {}

  static void check(int status) {
    if (status == Native.REFRAIN_OK) {
      return;
    }
    String message = Native.refrain_last_error().getString();
    switch (status) {
      case Native.REFRAIN_BAD_ARGUMENT -> throw new IllegalArgumentException(message);
      case Native.REFRAIN_BAD_STATE -> throw new IllegalStateException(message);
      case Native.REFRAIN_UNAVAILABLE -> throw new EngineUnavailableException(message);
      default -> throw new KernelException(message);
    }
  }
}
