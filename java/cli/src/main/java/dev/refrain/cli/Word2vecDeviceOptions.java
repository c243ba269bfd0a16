package dev.refrain.cli;

import dev.refrain.kernels.Kernels;
import picocli.CommandLine.Option;

/** Device and threads. */
class Word2vecDeviceOptions extends DeviceOption {
  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = OptionTypes.Threads.class,
      description = "Threads of the cpu engine. Default: one a core.")
  private Integer threads;

  @Override
  public Kernels open() {
    return open(threads == null ? 0 : threads);
  }
}
