package dev.refrain.kernels;

/**
 * What a device says of itself and of the software that drives it.
 *
 * @param device its name in {@link Engines#open(Device)}
 * @param name the product, such as {@code NVIDIA H100 80GB HBM3}
 * @param computeCapability such as {@code 9.0}
 * @param multiprocessors streaming multiprocessors
 * @param driver the CUDA version that the driver knows, such as {@code 13.0}; null if unknown
 * @param runtime the CUDA version that the engine was built with
 * @param cudnn version of cuDNN, such as {@code 9.25.0}; null where it was not found
 * @param cublas version of cuBLAS, such as {@code 13.0.0}; null where it was not found
 * @param totalBytes memory of the device
 * @param freeBytes what of it no program uses
 */
public record DeviceProperties(
    Device device,
    String name,
    String computeCapability,
    int multiprocessors,
    String driver,
    String runtime,
    String cudnn,
    String cublas,
    long totalBytes,
    long freeBytes) {}
