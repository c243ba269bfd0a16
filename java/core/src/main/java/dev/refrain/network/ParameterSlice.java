package dev.refrain.network;

import java.util.List;

/**
 * A named tensor within the flat parameters of one network.
 *
 * @param name such as {@code layer0.forward.w}
 * @param offset of its first element within P
 * @param shape one or two sizes; the last index changes fastest
 */
public record ParameterSlice(String name, long offset, List<Integer> shape) {

  public ParameterSlice {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long size() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** Offset of the first element behind it. */
  public long end() {
    return offset + size();
  }
}
