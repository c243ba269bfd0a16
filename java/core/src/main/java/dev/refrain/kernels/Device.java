package dev.refrain.kernels;

import java.util.Objects;

/**
 * A place to compute: an engine and, where it has several, the index of its device. Written {@code
 * cpu}, {@code reference}, {@code cuda} or {@code cuda:1}; {@code auto} is the fastest that works.
 *
 * @param engine name of the engine, or {@code auto}
 * @param index of the device, from 0
 */
public record Device(String engine, int index) {

  /** The fastest engine that works on this machine. */
  public static final Device AUTO = new Device("auto", 0);

  /** The machine's processors. */
  public static final Device CPU = new Device("cpu", 0);

  /** The first NVIDIA GPU. */
  public static final Device CUDA = new Device("cuda", 0);

  /** Plain Java, everywhere; made for checking, and slow. */
  public static final Device REFERENCE = new Device("reference", 0);

  public Device {
    Objects.requireNonNull(engine, "engine");
    if (engine.isBlank() || engine.indexOf(':') >= 0) {
      throw new IllegalArgumentException("an engine cannot be named '" + engine + "'");
    }
    if (index < 0) {
      throw new IllegalArgumentException("device index is " + index + "; it must be at least 0");
    }
  }

  /**
   * Reads {@code engine} or {@code engine:index}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static Device parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return new Device(text, 0);
    }
    try {
      return new Device(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "device '" + text + "' is not of the form engine or engine:index, such as cpu or cuda:1",
          e);
    }
  }

  @Override
  public String toString() {
    return index == 0 ? engine : engine + ":" + index;
  }
}
