package dev.refrain.parity;

import dev.refrain.kernels.Kernels;

/** One case of an operation: what it works on, and the call. */
@FunctionalInterface
public interface Operation {

  /**
   * Lays the arguments into the arena and returns the calls to the engine, which may run at once or
   * be recorded.
   */
  Runnable prepare(Kernels kernels, Arena arena);
}
