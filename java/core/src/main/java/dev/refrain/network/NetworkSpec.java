package dev.refrain.network;

import dev.refrain.kernels.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a network is: recurrent layers upon each other and, if wanted, a linear projection of the
 * last layer's output at every step.
 *
 * <pre>{@code
 * NetworkSpec spec = NetworkSpec.builder(1)
 *     .layer(new LstmCell(Activation.TANH), 100)
 *     .projection(1)
 *     .build();
 * }</pre>
 *
 * @param inputs I, numbers that go in at each step
 * @param layers the recurrent layers, the first one next to the input
 * @param dropout share of a layer's outputs that is dropped on the way to the next layer while
 *     training, in [0, 1)
 * @param projection O, outputs of the linear projection; 0 for none
 * @param recurrentBias whether a second bias {@code b_R} is trained, as PyTorch does; TensorFlow
 *     trains one alone
 * @param initialization how parameters are drawn
 */
public record NetworkSpec(
    int inputs,
    List<LayerSpec> layers,
    double dropout,
    int projection,
    boolean recurrentBias,
    Initialization initialization) {

  public NetworkSpec {
    layers = List.copyOf(layers);
    Objects.requireNonNull(initialization, "initialization");
    if (inputs < 1) {
      throw new IllegalArgumentException("inputs is " + inputs + "; it must be at least 1");
    }
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one recurrent layer");
    }
    if (projection < 0) {
      throw new IllegalArgumentException(
          "projection is " + projection + "; give its number of outputs, or 0 for none");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout is " + dropout + "; it must lie in [0, 1)");
    }
    if (dropout > 0 && layers.size() == 1) {
      throw new IllegalArgumentException(
          "dropout is "
              + dropout
              + " but acts between layers, and there is only one; add a layer"
              + " or leave dropout at 0");
    }
  }

  /** Starts a specification with {@code inputs} numbers at each step. */
  public static Builder builder(int inputs) {
    return new Builder(inputs);
  }

  /** Outputs of the network at each step: of the projection, or of the last layer without one. */
  public int outputs() {
    return projection > 0 ? projection : lastLayer().outputs();
  }

  /** What goes into a layer at each step. */
  public int inputsOf(int layer) {
    return layer == 0 ? inputs : layers.get(layer - 1).outputs();
  }

  LayerSpec lastLayer() {
    return layers.get(layers.size() - 1);
  }

  /**
   * Collects the parts of a {@link NetworkSpec}. Without further calls: no dropout, no projection.
   */
  public static final class Builder {
    private final int inputs;
    private final List<LayerSpec> layers = new ArrayList<>();
    private double dropout;
    private int projection;
    private boolean recurrentBias;
    private Initialization initialization = Initialization.TENSORFLOW;

    private Builder(int inputs) {
      this.inputs = inputs;
    }

    /** Adds a layer that runs forward in time. */
    public Builder layer(Cell cell, int hidden) {
      return layer(new LayerSpec(cell, hidden, false));
    }

    /** Adds a layer that runs in both directions, with {@code hidden} units in each. */
    public Builder bidirectionalLayer(Cell cell, int hidden) {
      return layer(new LayerSpec(cell, hidden, true));
    }

    /** Adds a layer. */
    public Builder layer(LayerSpec layer) {
      layers.add(Objects.requireNonNull(layer, "layer"));
      return this;
    }

    /** Drops this share of outputs between layers while training. */
    public Builder dropout(double newDropout) {
      dropout = newDropout;
      return this;
    }

    /** Ends in a linear projection to this many outputs at every step. */
    public Builder projection(int outputs) {
      projection = outputs;
      return this;
    }

    /** Whether {@code b_R} is trained beside {@code b_W}; by default it is not. */
    public Builder recurrentBias(boolean trained) {
      recurrentBias = trained;
      return this;
    }

    /** How parameters are drawn; by default as TensorFlow does. */
    public Builder initialization(Initialization newInitialization) {
      initialization = newInitialization;
      return this;
    }

    /**
     * The specification.
     *
     * @throws IllegalArgumentException if a value is out of range or there is no layer
     */
    public NetworkSpec build() {
      return new NetworkSpec(inputs, layers, dropout, projection, recurrentBias, initialization);
    }
  }
}
