package dev.refrain.network;

import dev.refrain.kernels.Cell;
import java.util.Objects;

/**
 * One recurrent layer.
 *
 * @param cell what it computes at each step
 * @param hidden H, units of each direction, at least 1
 * @param bidirectional whether a second cell runs from the end to the beginning; the outputs of
 *     both stand side by side, forward first
 */
public record LayerSpec(Cell cell, int hidden, boolean bidirectional) {

  public LayerSpec {
    Objects.requireNonNull(cell, "cell");
    if (hidden < 1) {
      throw new IllegalArgumentException("hidden is " + hidden + "; a layer needs at least 1 unit");
    }
  }

  /** 1 or 2. */
  public int directions() {
    return bidirectional ? 2 : 1;
  }

  /** Q, outputs of one direction. */
  public int cellOutputs() {
    return cell.outputs(hidden);
  }

  /** Outputs of all directions. */
  public int outputs() {
    return directions() * cellOutputs();
  }
}
