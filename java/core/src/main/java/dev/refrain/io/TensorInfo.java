package dev.refrain.io;

import java.util.List;

/**
 * What the header of a safetensors file says of a tensor.
 *
 * @param name unique in its file
 * @param type of its elements
 * @param shape sizes, the last index changes fastest; empty for a single number
 */
public record TensorInfo(String name, TensorType type, List<Long> shape) {

  public TensorInfo {
    shape = List.copyOf(shape);
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "tensor '" + name + "' has the shape " + shape + "; sizes are at least 0");
      }
    }
  }

  /**
   * Number of elements.
   *
   * @throws ArithmeticException if it exceeds 64 bits
   */
  public long elements() {
    return shape.contains(0L) ? 0 : shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Bytes of all elements. */
  public long bytes() {
    return Math.multiplyExact(elements(), type.bytes());
  }
}
