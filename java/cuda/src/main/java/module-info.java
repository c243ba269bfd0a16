/** Refrain's CUDA engine: found by {@code dev.refrain} where it is on the module path. */
module dev.refrain.cuda {
  requires dev.refrain;
  requires org.bytedeco.javacpp;
  requires org.slf4j;
  // Only where an application requires it: docs/cuda.md.
  requires static org.bytedeco.cuda;

  provides dev.refrain.kernels.Engine with
      dev.refrain.kernels.cuda.CudaEngine;
}
