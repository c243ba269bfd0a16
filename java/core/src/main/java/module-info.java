/** Recurrent networks and word embeddings, trained and run by native engines. */
@SuppressWarnings("module") // dev.refrain.cuda is built after this one
module dev.refrain {
  requires org.bytedeco.javacpp;
  requires org.slf4j;

  exports dev.refrain.io;
  exports dev.refrain.kernels;
  exports dev.refrain.kernels.bridge to
      dev.refrain.cuda;
  exports dev.refrain.network;
  exports dev.refrain.projection;
  exports dev.refrain.series;
  exports dev.refrain.text;

  uses dev.refrain.kernels.Engine;

  provides dev.refrain.kernels.Engine with
      dev.refrain.kernels.cpu.CpuEngine,
      dev.refrain.kernels.reference.ReferenceEngine;
}
