package dev.refrain.kernels;

/**
 * How an engine stores and multiplies numbers. Storage, elementwise arithmetic, sums and optimizers
 * are float32 unless said otherwise. {@link #TF32} and {@link #BF16} are permissions: matrix
 * products may round their inputs to that format. Small products, and the recurrent products of
 * layers whose weights stay on chip in float32, keep float32. Both need a GPU of compute capability
 * 8.0 or later.
 */
public enum Precision {
  /** float32 storage and true float32 products; every engine has it. */
  FP32,
  /** Matrix products may round their inputs to TF32, 11 significant bits (GPU). */
  TF32,
  /**
   * Matrix products may round their inputs to bfloat16, 8 significant bits; sums and master weights
   * are float32 (GPU).
   */
  BF16,
  /** float64 storage and arithmetic: the reference engine alone, for finite differences. */
  FP64
}
