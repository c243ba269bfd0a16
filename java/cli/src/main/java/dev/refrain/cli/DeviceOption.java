package dev.refrain.cli;

import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option {@code --device}; a mixin, or the base of a group of options. */
public class DeviceOption {
  @Option(
      names = "--device",
      paramLabel = "ENGINE",
      converter = DeviceConverter.class,
      defaultValue = "auto",
      description =
          "Where to compute: auto (the fastest that works), cpu or reference;"
              + " 'refrain doctor' tells what works here. Default: auto.")
  private Device device;

  /**
   * Opens the device.
   *
   * @throws EngineUnavailableException if it cannot be had; the message says what is missing
   */
  public Kernels open() {
    return Engines.open(device);
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
