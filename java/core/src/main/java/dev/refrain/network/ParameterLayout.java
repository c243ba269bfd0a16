package dev.refrain.network;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the tensors of a network lie within its flat parameters {@code [P]}. Order: for each layer
 * and direction {@code w [gates·H, I]}, {@code r [gates·H, Q]}, then {@code projection [Q, H]} and
 * {@code peepholes [3, H]} where the cell has them; after all layers the biases {@code b_w
 * [gates·H]} and, where it is trained, {@code b_r [gates·H]} of each layer and direction; last
 * {@code weight [O, Y]} and {@code bias [O]} of the output projection. Gradients and optimizer
 * state lie the same way.
 *
 * <p>Names are {@code layer0.forward.w}, {@code layer0.reverse.b_r}, ..., {@code output.weight} and
 * {@code output.bias}.
 */
public final class ParameterLayout {
  /** Name of the output projection's matrix. */
  public static final String OUTPUT_WEIGHT = "output.weight";

  /** Name of the output projection's bias. */
  public static final String OUTPUT_BIAS = "output.bias";

  static final String OUTPUT_PREFIX = "output.";

  private final List<ParameterSlice> slices;
  private final List<List<CellLayout>> cells;
  private final long size;

  private ParameterLayout(List<ParameterSlice> slices, List<List<CellLayout>> cells, long size) {
    this.slices = List.copyOf(slices);
    this.cells = cells;
    this.size = size;
  }

  /** The layout of a network's parameters. */
  public static ParameterLayout of(NetworkSpec spec) {
    return new Assembly(spec).layout();
  }

  /** Name of a layer's tensor: {@code name(0, false, "w")} is {@code layer0.forward.w}. */
  public static String name(int layer, boolean reverse, String tensor) {
    return prefix(layer, reverse) + tensor;
  }

  static String prefix(int layer, boolean reverse) {
    return "layer" + layer + (reverse ? ".reverse." : ".forward.");
  }

  /** P, parameters of one network. */
  public long size() {
    return size;
  }

  /** All tensors, in the order in which they lie. */
  public List<ParameterSlice> slices() {
    return slices;
  }

  /** The tensors in their order, for people. */
  @Override
  public String toString() {
    return size + " parameters: " + slices;
  }

  /**
   * A tensor by name.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists those there
   *     are
   */
  public ParameterSlice slice(String name) {
    int index = indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "there is no parameter '"
              + name
              + "'; there are "
              + String.join(", ", slices.stream().map(ParameterSlice::name).toList()));
    }
    return slices.get(index);
  }

  /** Place of a tensor in {@link #slices}, or -1. */
  int indexOf(String name) {
    for (int i = 0; i < slices.size(); i++) {
      if (slices.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Where the tensors of one direction of a layer lie. */
  public CellLayout cell(int layer, boolean reverse) {
    return cells.get(layer).get(reverse ? 1 : 0);
  }

  /** Places one tensor behind the other. */
  private static final class Assembly {
    private final NetworkSpec spec;
    private final List<ParameterSlice> slices = new ArrayList<>();
    private long size;

    Assembly(NetworkSpec spec) {
      this.spec = spec;
    }

    ParameterLayout layout() {
      List<List<CellLayout>> matrices = new ArrayList<>();
      for (int layer = 0; layer < spec.layers().size(); layer++) {
        List<CellLayout> directions = new ArrayList<>();
        for (int d = 0; d < spec.layers().get(layer).directions(); d++) {
          directions.add(placeMatrices(layer, d == 1));
        }
        matrices.add(directions);
      }
      List<List<CellLayout>> cells = new ArrayList<>();
      for (int layer = 0; layer < spec.layers().size(); layer++) {
        List<CellLayout> directions = new ArrayList<>();
        for (int d = 0; d < spec.layers().get(layer).directions(); d++) {
          directions.add(placeBiases(matrices.get(layer).get(d), layer, d == 1));
        }
        cells.add(List.copyOf(directions));
      }
      if (spec.projection() > 0) {
        place(OUTPUT_WEIGHT, spec.projection(), spec.lastLayer().outputs());
        place(OUTPUT_BIAS, spec.projection());
      }
      return new ParameterLayout(slices, List.copyOf(cells), size);
    }

    private CellLayout placeMatrices(int layer, boolean reverse) {
      LayerSpec it = spec.layers().get(layer);
      Cell cell = it.cell();
      int gateRows = Math.multiplyExact(cell.gates(), it.hidden());
      long w = place(name(layer, reverse, "w"), gateRows, spec.inputsOf(layer));
      long r = place(name(layer, reverse, "r"), gateRows, it.cellOutputs());
      long projection =
          cell.hasProjection()
              ? place(name(layer, reverse, "projection"), it.cellOutputs(), it.hidden())
              : CellLayout.ABSENT;
      long peepholes =
          cell.hasPeepholes()
              ? place(name(layer, reverse, "peepholes"), 3, it.hidden())
              : CellLayout.ABSENT;
      return new CellLayout(w, r, projection, peepholes, CellLayout.ABSENT, CellLayout.ABSENT);
    }

    private CellLayout placeBiases(CellLayout matrices, int layer, boolean reverse) {
      LayerSpec it = spec.layers().get(layer);
      int gateRows = it.cell().gates() * it.hidden();
      long bW = place(name(layer, reverse, "b_w"), gateRows);
      long bR =
          spec.recurrentBias() ? place(name(layer, reverse, "b_r"), gateRows) : CellLayout.ABSENT;
      return new CellLayout(
          matrices.w(), matrices.r(), matrices.projection(), matrices.peepholes(), bW, bR);
    }

    private long place(String name, Integer... shape) {
      ParameterSlice slice = new ParameterSlice(name, size, List.of(shape));
      slices.add(slice);
      size = Math.addExact(size, slice.size());
      return slice.offset();
    }
  }
}
