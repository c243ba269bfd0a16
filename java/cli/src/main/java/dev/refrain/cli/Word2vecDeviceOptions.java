package dev.refrain.cli;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import picocli.CommandLine.Option;

/** Device and threads. */
class Word2vecDeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "ENGINE",
      converter = DeviceOption.DeviceConverter.class,
      defaultValue = "auto",
      description = "Where to compute; 'refrain doctor' tells what works here. Default: auto.")
  private Device device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = OptionTypes.Threads.class,
      description = "Threads of the cpu engine. Default: one a core.")
  private Integer threads;

  Kernels open() {
    return Engines.open(device, EngineOptions.DEFAULT.threads(threads == null ? 0 : threads));
  }
}
