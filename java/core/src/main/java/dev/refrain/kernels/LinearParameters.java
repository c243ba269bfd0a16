package dev.refrain.kernels;

import java.util.Objects;

/**
 * The parameters of a linear layer inside the flat buffers {@code [G,P]} of its network.
 *
 * @param values {@code [G,P]}
 * @param gradients {@code [G,P]}, written by backward; null where only forward runs
 * @param groupStride P; 0 shares one network's parameters between all groups (forward only)
 * @param weight offset of {@code [O, I]}
 * @param bias offset of {@code [O]}, or {@link CellLayout#ABSENT}
 */
public record LinearParameters(
    Buffer values, Buffer gradients, long groupStride, long weight, long bias) {

  public LinearParameters {
    Objects.requireNonNull(values, "values");
  }
}
