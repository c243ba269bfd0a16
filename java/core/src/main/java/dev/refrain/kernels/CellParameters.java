package dev.refrain.kernels;

import java.util.Objects;

/**
 * The parameters of one layer inside the flat buffers {@code [G,P]} of its network.
 *
 * @param values {@code [G,P]}
 * @param gradients {@code [G,P]}, written by backward; null where only forward runs
 * @param groupStride P; 0 shares one network's parameters between all groups (forward only)
 * @param layout offsets within P
 */
public record CellParameters(Buffer values, Buffer gradients, long groupStride, CellLayout layout) {

  public CellParameters {
    Objects.requireNonNull(values, "values");
    Objects.requireNonNull(layout, "layout");
  }
}
