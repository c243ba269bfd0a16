package dev.refrain.cli;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Precision;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where and how to compute: {@code --device} and its kin; a mixin, or the base of a group. */
public class DeviceOption {
  /** Engines to name, without the number that may stand behind one. */
  static final List<String> NAMES = List.of("auto", "cuda", "cpu", "reference");

  @Option(
      names = "--device",
      paramLabel = "ENGINE",
      converter = DeviceConverter.class,
      defaultValue = "auto",
      description =
          "Where to compute: auto (the fastest that works), cuda, cuda:1, cpu or reference;"
              + " 'refrain doctor' tells what works here. Default: auto.")
  private Device device;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      converter = PrecisionConverter.class,
      description =
          "fp32; on a GPU also tf32 or bf16, which round the factors of large products; on the"
              + " reference also fp64. Default: fp32.")
  private Precision precision;

  @Option(
      names = "--memory-fraction",
      paramLabel = "SHARE",
      defaultValue = "1",
      converter = OptionTypes.Share.class,
      description =
          "Most of the device's memory that may be used, above 0 and up to 1. Default: 1.")
  private double memoryFraction;

  @Option(
      names = "--memory-limit",
      paramLabel = "BYTES",
      defaultValue = "0",
      converter = OptionTypes.WholeNumber.class,
      description = "Most bytes of the device's memory that may be used. Default: no limit.")
  private long memoryLimit;

  @Option(
      names = "--autotune",
      description =
          "On a GPU, time the ways to run each recurrent layer once and keep the fastest; bits"
              + " may then differ from run to run.")
  private boolean autotune;

  /**
   * Opens the device.
   *
   * @throws EngineUnavailableException if it cannot be had; the message says what is missing
   */
  public Kernels open() {
    return open(0);
  }

  /**
   * The same with this many threads on the cpu engine.
   *
   * @param threads 0 for one a core
   */
  protected Kernels open(int threads) {
    if (memoryLimit < 0) {
      throw new BadInputException(
          "--memory-limit is " + memoryLimit + "; give a number of bytes, or 0 for none");
    }
    EngineOptions options =
        EngineOptions.DEFAULT
            .threads(threads)
            .precision(precision)
            .memoryLimitBytes(memoryLimit)
            .memoryFraction(memoryFraction)
            .autotune(autotune);
    return Engines.open(device, options);
  }

  /** Opens the device and closes it again if it was named, for work that does not use it. */
  void requireNamed() {
    if (!device.equals(Device.AUTO)) {
      open().close();
    }
  }

  static final class PrecisionConverter implements ITypeConverter<Precision> {
    @Override
    public Precision convert(String word) {
      return OptionTypes.named(word, Precision.values());
    }
  }

  static final class DeviceConverter implements ITypeConverter<Device> {
    @Override
    public Device convert(String text) {
      try {
        return Device.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
