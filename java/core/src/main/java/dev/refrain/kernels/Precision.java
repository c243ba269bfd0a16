package dev.refrain.kernels;

/** How an engine stores and multiplies numbers. Storage is float32 unless said otherwise. */
public enum Precision {
  /** float32 storage and true float32 products; every engine has it. */
  FP32,
  /** float32 storage; matrix products may round their inputs to TF32 (GPU). */
  TF32,
  /** bfloat16 matrix products with float32 sums and float32 master weights (GPU). */
  BF16,
  /** float64 storage and arithmetic: the reference engine alone, for finite differences. */
  FP64
}
