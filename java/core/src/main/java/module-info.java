/** Recurrent networks and word embeddings, trained and run by native engines. */
module dev.refrain {
  requires org.bytedeco.javacpp;
  requires org.slf4j;

  exports dev.refrain.io;
  exports dev.refrain.kernels;
  exports dev.refrain.network;
  exports dev.refrain.series;

  uses dev.refrain.kernels.Engine;

  provides dev.refrain.kernels.Engine with
      dev.refrain.kernels.cpu.CpuEngine,
      dev.refrain.kernels.reference.ReferenceEngine;
}
