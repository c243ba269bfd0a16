package dev.refrain.golden;

import dev.refrain.kernels.CellShape;
import dev.refrain.parity.Tolerance;

/** How far an engine may be from golden numbers, relative to the largest of their tensor. */
final class GoldenTolerance {
  /** Float64 against float64: some thousand roundings of 1e-16. */
  static final double FLOAT64 = 1e-11;

  /** PyTorch's own float32 stays within 3e-6 of these files; this is seven times that. */
  private static final double FLOAT32_RECURRENT = 2e-5;

  private GoldenTolerance() {}

  /** Of recurrent layers upon each other, which hand their errors upwards. */
  static double recurrent(CellShape shape, int layers, boolean exact) {
    return exact
        ? FLOAT64
        : Math.max(FLOAT32_RECURRENT, Math.sqrt(layers) * Tolerance.recurrence(shape));
  }

  /** Of a sum of so many terms. */
  static double sum(double terms, boolean exact) {
    return exact ? FLOAT64 : Tolerance.sum(terms);
  }
}
