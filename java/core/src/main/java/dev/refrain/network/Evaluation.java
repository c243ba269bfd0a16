package dev.refrain.network;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * The loss of networks on a batch that stays the same and that they do not learn from, without
 * dropout. Asking for it changes nothing of a training.
 *
 * <pre>{@code
 * try (Evaluation tail =
 *     Evaluation.of(network, SeriesWindows.shared(lastRows, 1, 24, 16), Loss.MSE)) {
 *   double[] losses = tail.losses();
 * }
 * }</pre>
 *
 * <p>Owns its memory and closes it; network and kernels stay open.
 */
public final class Evaluation implements AutoCloseable {
  private final Network network;
  private final TrainingData data;
  private final Loss loss;
  private final DeviceMemory memory;
  private final UnrolledNetwork unrolled;
  private final Buffer target;
  private final IndexBuffer labels;
  private final IndexBuffer lengths;
  private final StepState state;

  private Evaluation(Network network, TrainingData data, Loss loss) {
    this.network = network;
    this.data = data;
    this.loss = loss;
    Kernels kernels = network.kernels();
    memory = new DeviceMemory(kernels);
    try {
      boolean ragged = data instanceof CallerBatch batch && batch.lengths();
      UnrolledNetwork.Builder unroll = network.unroll(data.steps(), data.batch());
      unrolled = memory.own((ragged ? unroll.lengths() : unroll).build());
      lengths = ragged ? unrolled.lengths() : null;
      labels = labelled() ? memory.indices(network.groups(), data.steps(), data.batch()) : null;
      target = labelled() ? null : memory.floats(unrolled.output().size());
      state = memory.own(kernels.allocateState(network.groups(), 1));
      if (data instanceof SeriesWindows windows) {
        gather(kernels, windows);
      }
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  /**
   * Prepares to measure.
   *
   * @param network what to measure, as it is whenever {@link #losses} is asked for
   * @param data windows of rows that are held back, at the starts that were given, else spread
   *     evenly over the rows; or a {@link CallerBatch} that the caller writes before it asks
   * @param loss what to measure
   * @throws IllegalArgumentException if data, loss and network do not fit each other
   * @throws dev.refrain.kernels.KernelException if memory runs out; what was allocated is given
   *     back
   */
  public static Evaluation of(Network network, TrainingData data, Loss loss) {
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(data, "data");
    if (loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY && data instanceof SeriesWindows) {
      throw new IllegalArgumentException(
          "windows of a series have targets, not labels: use another loss or a CallerBatch");
    }
    return new Evaluation(network, data, loss);
  }

  /** The batch is the same at each look: it is cut once. */
  private void gather(Kernels kernels, SeriesWindows windows) {
    SeriesWindows.Gathering gathering =
        windows.spread(network.groups()).upload(memory, unrolled, targetView());
    begin();
    kernels.advance(Schedule.CONSTANT, new Adam(), state);
    kernels.gather(gathering.shape(), gathering.arguments(), state);
  }

  /** A state that no earlier loss has stopped. */
  private void begin() {
    state.write(Collections.nCopies(network.groups(), GroupState.initial(0, 0)));
  }

  /** The loss of each group with the parameters of now; NaN or infinite where they are ruined. */
  public double[] losses() {
    begin();
    unrolled.forward();
    View prediction = unrolled.outputView();
    LossArguments arguments =
        labelled()
            ? LossArguments.of(prediction, labels, null)
            : LossArguments.of(prediction, targetView(), null);
    LossShape shape =
        new LossShape(network.groups(), data.steps(), data.batch(), network.spec().outputs());
    network.kernels().loss(loss, shape, arguments.lengths(lengths), state);
    List<GroupState> states = state.read();
    return states.stream().mapToDouble(GroupState::loss).toArray();
  }

  private boolean labelled() {
    return loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY;
  }

  private View targetView() {
    return View.of(target, (long) data.steps() * data.batch(), network.spec().outputs());
  }

  /** The batch's inputs {@code [G,T,N,I]}: the caller's to write with a {@link CallerBatch}. */
  public Buffer input() {
    return unrolled.input();
  }

  /** The batch's targets {@code [G,T,N,O]}; not with cross-entropy. */
  public Buffer target() {
    if (target == null) {
      throw new IllegalStateException(loss.kind() + " is measured by labels(), not by a target");
    }
    return target;
  }

  /** The batch's classes {@code [G,T,N]}, with cross-entropy alone. */
  public IndexBuffer labels() {
    if (labels == null) {
      throw new IllegalStateException(loss.kind() + " is measured by target(), not by labels");
    }
    return labels;
  }

  /** Steps of each sequence {@code [G,N]}, T at first; where the batch has lengths. */
  public IndexBuffer lengths() {
    return unrolled.lengths();
  }

  @Override
  public void close() {
    memory.close();
  }
}
