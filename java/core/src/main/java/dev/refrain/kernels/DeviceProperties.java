package dev.refrain.kernels;

/**
 * What a device says of itself.
 *
 * @param device its name in {@link Engines#open(Device)}
 * @param name the product, such as {@code NVIDIA H100 80GB HBM3}
 * @param computeCapability such as {@code 9.0}
 * @param multiprocessors streaming multiprocessors
 * @param totalBytes memory of the device
 * @param freeBytes what of it no program uses
 * @param fault why it does not answer, and then what it did not tell is null or 0; null where it
 *     does
 */
public record DeviceProperties(
    Device device,
    String name,
    String computeCapability,
    int multiprocessors,
    long totalBytes,
    long freeBytes,
    String fault) {

  /** A device that is there and does not answer. */
  public static DeviceProperties silent(Device device, String fault) {
    return new DeviceProperties(device, null, null, 0, 0, 0, fault);
  }

  /** The same with its free memory. */
  public DeviceProperties withFreeBytes(long bytes) {
    return new DeviceProperties(
        device, name, computeCapability, multiprocessors, totalBytes, bytes, fault);
  }

  /** The same, after it stopped answering. */
  public DeviceProperties withFault(String why) {
    return new DeviceProperties(
        device, name, computeCapability, multiprocessors, totalBytes, 0, why);
  }

  /** Whether it answers. */
  public boolean answers() {
    return fault == null;
  }
}
