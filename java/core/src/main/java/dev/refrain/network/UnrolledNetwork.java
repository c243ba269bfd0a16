package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The networks of a {@link Network} laid out over T steps and a batch of N sequences, with the
 * memory that takes: input, activations, output and, as asked for, lengths, states and gradients.
 *
 * <p>Use: write {@link #input}, {@link #forward}, read {@link #output}; to train also write {@link
 * #outputGradient}, {@link #backward}, and read the network's gradients. {@code forward} and {@code
 * backward} may be recorded. Several may share a network, say one to train and one to predict.
 */
public final class UnrolledNetwork implements AutoCloseable {
  private final Network network;
  private final NetworkSpec spec;
  private final int groups;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final DeviceMemory memory;

  private final Buffer input;
  private final Buffer inputGradient;
  private final IndexBuffer lengths;
  private final NetworkState initialState;
  private final NetworkState finalState;
  private final NetworkState initialStateGradient;
  private final NetworkState finalStateGradient;

  private final UnrolledActivations activations;
  private final List<UnrolledLayer> layers = new ArrayList<>();

  private UnrolledNetwork(Builder options) {
    network = options.network;
    spec = network.spec();
    groups = network.groups();
    steps = options.steps;
    batch = options.batch;
    training = options.training;
    memory = new DeviceMemory(network.kernels());
    try {
      input = rows(spec.inputs());
      inputGradient = options.inputGradient ? rows(spec.inputs()) : null;
      lengths = options.lengths ? fullLengths() : null;
      initialState = options.states ? state() : null;
      finalState = options.states ? state() : null;
      initialStateGradient = options.states && training ? state() : null;
      finalStateGradient = options.states && training ? state() : null;
      activations =
          new UnrolledActivations(memory, spec, groups, steps, batch, inputView(), training);
      for (int l = 0; l < spec.layers().size(); l++) {
        layers.add(layer(l));
      }
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  private Buffer rows(int columns) {
    return memory.floats(groups, steps, batch, columns);
  }

  private View view(Buffer buffer, int columns) {
    return View.of(buffer, (long) steps * batch, columns);
  }

  private NetworkState state() {
    return new NetworkState(memory, spec, groups, batch);
  }

  private IndexBuffer fullLengths() {
    IndexBuffer buffer = memory.indices(groups, batch);
    int[] full = new int[groups * batch];
    Arrays.fill(full, steps);
    buffer.write(full);
    return buffer;
  }

  private UnrolledLayer layer(int l) {
    LayerSpec it = spec.layers().get(l);
    CellShape shape = CellShape.of(it.cell(), groups, steps, batch, spec.inputsOf(l), it.hidden());
    UnrolledLayer layer = new UnrolledLayer(it.cell(), shape);
    for (int d = 0; d < it.directions(); d++) {
      boolean reverse = d == 1;
      layer.add(
          network.cellParameters(l, reverse, training),
          sequence(l, reverse, shape),
          training ? gradients(l, reverse) : null);
    }
    return layer;
  }

  private CellSequence sequence(int l, boolean reverse, CellShape shape) {
    LayerSpec it = spec.layers().get(l);
    View y = activations.outputs(l).columnsFrom(reverse ? it.cellOutputs() : 0);
    CellSequence sequence =
        CellSequence.of(activations.inputs(l), y).lengths(lengths).reverse(reverse);
    if (training) {
      sequence = sequence.saving(memory.floats(it.cell().reserveSize(memory.kernels(), shape)));
    }
    if (initialState == null) {
      return sequence;
    }
    return sequence
        .from(initialState.hidden(l, reverse), initialState.cell(l, reverse))
        .to(finalState.hidden(l, reverse), finalState.cell(l, reverse));
  }

  private CellGradients gradients(int l, boolean reverse) {
    int firstColumn = reverse ? spec.layers().get(l).cellOutputs() : 0;
    CellGradients gradients = CellGradients.of(activations.gradients(l).columnsFrom(firstColumn));
    View below = l > 0 ? activations.gradients(l - 1) : inputGradientView();
    if (below != null) {
      gradients = reverse ? gradients.addingToInput(below) : gradients.input(below);
    }
    if (initialState == null) {
      return gradients;
    }
    return gradients
        .from(finalStateGradient.hidden(l, reverse), finalStateGradient.cell(l, reverse))
        .to(initialStateGradient.hidden(l, reverse), initialStateGradient.cell(l, reverse));
  }

  private View inputGradientView() {
    return inputGradient == null ? null : view(inputGradient, spec.inputs());
  }

  /**
   * Runs all layers and the output projection.
   *
   * @throws IllegalStateException if this was unrolled for training and the network has dropout,
   *     which needs {@link #forward(StepState)}
   */
  public void forward() {
    forward(null);
  }

  /** As {@link #forward()}; in training with the dropout of this step. */
  public void forward(StepState state) {
    Kernels kernels = memory.kernels();
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).forward(kernels);
      if (activations.dropsBehind(l)) {
        drop(l, activations.outputs(l), activations.inputs(l + 1), state);
      }
    }
    if (spec.projection() > 0) {
      kernels.linearForward(
          outputShape(), network.outputParameters(training), activations.last(), outputView());
    }
  }

  /**
   * Writes the gradients of all parameters to those of the network, given {@link #outputGradient},
   * and those of input and initial states where they were asked for. Follows a {@code forward} of
   * the same step.
   */
  public void backward() {
    backward(null);
  }

  /** As {@link #backward()}, with the dropout of this step. */
  public void backward(StepState state) {
    requireTraining("backward");
    Kernels kernels = memory.kernels();
    int last = layers.size() - 1;
    if (spec.projection() > 0) {
      kernels.linearBackward(
          outputShape(),
          network.outputParameters(true),
          activations.last(),
          outputGradientView(),
          activations.gradients(last),
          false);
    }
    for (int l = last; l >= 0; l--) {
      if (activations.dropsBehind(l)) {
        drop(l, activations.gradients(l), activations.gradients(l), state);
      }
      layers.get(l).backward(kernels);
    }
  }

  private void drop(int layer, View from, View to, StepState state) {
    if (state == null) {
      throw new IllegalStateException(
          "dropout "
              + spec.dropout()
              + " draws its masks by step; give forward and backward a state");
    }
    int columns = spec.layers().get(layer).outputs();
    DropoutShape shape = new DropoutShape(groups, (long) steps * batch, columns, layer);
    memory.kernels().dropout(shape, spec.dropout(), from, to, state);
  }

  private LinearShape outputShape() {
    return new LinearShape(
        groups, (long) steps * batch, spec.lastLayer().outputs(), spec.projection());
  }

  /** The networks this lays out. */
  public Network network() {
    return network;
  }

  /** T. */
  public int steps() {
    return steps;
  }

  /** N. */
  public int batch() {
    return batch;
  }

  /** What goes in, {@code [G,T,N,I]}, zeros at first. */
  public Buffer input() {
    return input;
  }

  /** {@link #input} as rows. */
  public View inputView() {
    return view(input, spec.inputs());
  }

  /** What comes out, {@code [G,T,N,O]}: O as {@link NetworkSpec#outputs} says. */
  public Buffer output() {
    return activations.output();
  }

  /** {@link #output} as rows. */
  public View outputView() {
    return view(activations.output(), spec.outputs());
  }

  /** The gradient of the output, {@code [G,T,N,O]}, for {@link #backward} to read. */
  public Buffer outputGradient() {
    requireTraining("a gradient of the output");
    return activations.outputGradient();
  }

  /** {@link #outputGradient} as rows. */
  public View outputGradientView() {
    return view(outputGradient(), spec.outputs());
  }

  /** The gradient of the input, {@code [G,T,N,I]}, that {@link #backward} writes. */
  public Buffer inputGradient() {
    return required(inputGradient, "inputGradient()");
  }

  /**
   * Steps of each sequence, {@code [G,N]}, 0 to T: T everywhere at first. Behind a sequence's end
   * layers put out 0, so that a projection puts out its bias there; its state is carried.
   */
  public IndexBuffer lengths() {
    return required(lengths, "lengths()");
  }

  /** States before the first step, zeros at first. */
  public NetworkState initialState() {
    return required(initialState, "states()");
  }

  /** States after the last step, or after the last valid one where there are lengths. */
  public NetworkState finalState() {
    return required(finalState, "states()");
  }

  /** Gradient of the initial states, that {@link #backward} writes. */
  public NetworkState initialStateGradient() {
    requireTraining("a gradient of the states");
    return required(initialStateGradient, "states()");
  }

  /** Gradient of the final states for {@link #backward} to read, zeros at first. */
  public NetworkState finalStateGradient() {
    requireTraining("a gradient of the states");
    return required(finalStateGradient, "states()");
  }

  /** Starts the next sequence where this one ended; may be recorded, after backward. */
  public void carryState() {
    initialState().copyFrom(finalState());
  }

  @Override
  public void close() {
    memory.close();
  }

  private void requireTraining(String what) {
    if (!training) {
      throw new IllegalStateException(what + " needs a network that was unrolled for training()");
    }
  }

  private static <T> T required(T part, String option) {
    if (part == null) {
      throw new IllegalStateException(
          "the network was unrolled without it; ask for " + option + " when you unroll");
    }
    return part;
  }

  /** Says how to unroll a network. Without further calls: to predict, from zero states. */
  public static final class Builder {
    private final Network network;
    private final int steps;
    private final int batch;
    private boolean training;
    private boolean lengths;
    private boolean states;
    private boolean inputGradient;

    Builder(Network network, int steps, int batch) {
      if (steps < 1 || batch < 1) {
        throw new IllegalArgumentException(
            "steps is " + steps + " and batch " + batch + "; both must be at least 1");
      }
      this.network = network;
      this.steps = steps;
      this.batch = batch;
    }

    /** Keeps what backward needs, and drops out. */
    public Builder training() {
      training = true;
      return this;
    }

    /** Gives each sequence a length of its own. */
    public Builder lengths() {
      lengths = true;
      return this;
    }

    /** Gives access to initial and final states; in training also to their gradients. */
    public Builder states() {
      states = true;
      return this;
    }

    /** Computes the gradient of the input as well; for training alone. */
    public Builder inputGradient() {
      inputGradient = true;
      return this;
    }

    /**
     * Allocates the memory.
     *
     * @throws IllegalStateException if a gradient of the input is wanted without training
     * @throws dev.refrain.kernels.KernelException if memory runs out; what was allocated is given
     *     back
     */
    public UnrolledNetwork build() {
      if (inputGradient && !training) {
        throw new IllegalStateException("a gradient of the input needs training()");
      }
      return new UnrolledNetwork(this);
    }
  }
}
