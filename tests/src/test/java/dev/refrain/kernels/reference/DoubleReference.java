package dev.refrain.kernels.reference;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;

/** Opens the reference engine in double, where differences show a gradient to nine digits. */
final class DoubleReference {
  private DoubleReference() {}

  static Kernels open() {
    return Engines.open(Device.parse("reference"), EngineOptions.DEFAULT.precision(Precision.FP64));
  }
}
