package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.View;

/**
 * The recurrent state of G networks for N sequences, or its gradient: for each layer and direction
 * {@code h [G,N,Q]} and, for an LSTM, {@code c [G,N,H]}. All h stand in one buffer, those of a
 * group together: {@code [G,L,N,Q]} where all L layers and directions have the same Q, and likewise
 * all c.
 */
public final class NetworkState {
  private final Kernels kernels;
  private final NetworkSpec spec;
  private final int groups;
  private final int batch;
  private final Buffer hidden;
  private final Buffer cell;

  NetworkState(DeviceMemory memory, NetworkSpec spec, int groups, int batch) {
    this.kernels = memory.kernels();
    this.spec = spec;
    this.groups = groups;
    this.batch = batch;
    this.hidden = memory.floats(groups, hiddenSize(spec.layers().size()));
    long cellSize = cellSize(spec.layers().size());
    this.cell = cellSize > 0 ? memory.floats(groups, cellSize) : null;
  }

  /** All h. */
  public Buffer hidden() {
    return hidden;
  }

  /**
   * All c.
   *
   * @throws IllegalStateException if no layer has a cell state
   */
  public Buffer cell() {
    if (cell == null) {
      throw new IllegalStateException(
          "no layer of this network has a cell state; it is the LSTM's");
    }
    return cell;
  }

  /** Where h of one direction of a layer lies: {@code [G,N,Q]}. */
  public View hidden(int layer, boolean reverse) {
    int columns = spec.layers().get(layer).cellOutputs();
    long first = hiddenSize(layer) + (reverse ? (long) batch * columns : 0);
    return new View(hidden, first, hiddenSize(spec.layers().size()), columns);
  }

  /** Where c of one direction of a layer lies, {@code [G,N,H]}; null where the cell has none. */
  public View cell(int layer, boolean reverse) {
    if (!spec.layers().get(layer).cell().hasCellState()) {
      return null;
    }
    int columns = spec.layers().get(layer).hidden();
    long first = cellSize(layer) + (reverse ? (long) batch * columns : 0);
    return new View(cell, first, cellSize(spec.layers().size()), columns);
  }

  /** Sets all of it to 0; may be recorded. */
  public void clear() {
    kernels.fill(hidden, 0, hidden.size(), 0);
    if (cell != null) {
      kernels.fill(cell, 0, cell.size(), 0);
    }
  }

  /** Takes over what another state of the same network and batch holds; may be recorded. */
  public void copyFrom(NetworkState other) {
    if (!spec.equals(other.spec) || groups != other.groups || batch != other.batch) {
      throw new IllegalArgumentException(
          "a state is copied to another shape: from "
              + other.groups
              + " groups and a batch of "
              + other.batch
              + " to "
              + groups
              + " and "
              + batch
              + ", or between different networks");
    }
    copyAll(other);
  }

  /** Takes over the state of a network with the same layers, whatever its inputs and projection. */
  void copyLayers(NetworkState other) {
    if (!spec.layers().equals(other.spec.layers())
        || groups != other.groups
        || batch != other.batch) {
      throw new IllegalArgumentException("a state is copied between different layers or batches");
    }
    copyAll(other);
  }

  private void copyAll(NetworkState other) {
    copy(other.hidden, hidden);
    if (cell != null) {
      copy(other.cell, cell);
    }
  }

  private void copy(Buffer source, Buffer target) {
    long size = target.size();
    kernels.copy(1, 1, size, View.of(source, 1, size), View.of(target, 1, size));
  }

  /** Floats of h of one group in the first {@code layers} layers. */
  private long hiddenSize(int layers) {
    return batch * spec.layers().stream().limit(layers).mapToLong(LayerSpec::outputs).sum();
  }

  /** Floats of c of one group in the first {@code layers} layers. */
  private long cellSize(int layers) {
    return batch
        * spec.layers().stream()
            .limit(layers)
            .filter(layer -> layer.cell().hasCellState())
            .mapToLong(layer -> (long) layer.directions() * layer.hidden())
            .sum();
  }
}
