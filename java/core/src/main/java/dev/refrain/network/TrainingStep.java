package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.List;

/**
 * The step that a {@link Trainer} takes, and the memory it works in: begin, batch, forward, loss,
 * backward, clip, update. All that changes from step to step lies on the device.
 */
final class TrainingStep {
  private final Network network;
  private final Kernels kernels;
  private final TrainingData data;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final double clipValue;
  private final double clipNorm;

  private final UnrolledNetwork unrolled;
  private final SeriesWindows.Gathering gathering;
  private final Buffer target;
  private final IndexBuffer labels;
  private final IndexBuffer lengths;
  private final List<Buffer> slots;
  private final StepState state;

  /** Allocates, and puts the data on the device; the memory is the caller's to close. */
  TrainingStep(Trainer.Builder options, DeviceMemory memory) {
    network = options.network;
    kernels = network.kernels();
    data = options.data;
    loss = options.loss;
    optimizer = options.optimizer;
    schedule = options.schedule;
    clipValue = options.clipValue;
    clipNorm = options.clipNorm;
    boolean ragged = data instanceof CallerBatch batch && batch.lengths();
    UnrolledNetwork.Builder unroll = network.unroll(data.steps(), data.batch()).training();
    unrolled = memory.own((ragged ? unroll.lengths() : unroll).build());
    lengths = ragged ? unrolled.lengths() : null;
    labels = labelled() ? memory.indices(groups(), data.steps(), data.batch()) : null;
    target = labelled() ? null : memory.floats(unrolled.output().size());
    gathering =
        data instanceof SeriesWindows windows
            ? windows.upload(memory, unrolled, targetView())
            : null;
    slots = slots(memory, network, optimizer);
    state = options.state(memory);
  }

  /** An optimizer's own arrays {@code [G,P]} for a network, as before the first step. */
  static List<Buffer> slots(DeviceMemory memory, Network network, Optimizer optimizer) {
    List<Buffer> slots = new ArrayList<>();
    for (int i = 0; i < optimizer.slots(); i++) {
      Buffer slot = memory.floats(network.groups(), network.layout().size());
      memory.kernels().fill(slot, 0, slot.size(), optimizer.slotStart());
      slots.add(slot);
    }
    return List.copyOf(slots);
  }

  /** Takes it, or has it recorded. */
  void take() {
    kernels.advance(schedule, optimizer, state);
    if (gathering != null) {
      kernels.gather(gathering.shape(), gathering.arguments(), state);
    }
    unrolled.forward(state);
    kernels.loss(loss, lossShape(), lossArguments(), state);
    unrolled.backward(state);
    if (clipValue > 0) {
      kernels.clipValue(network.gradients(), groups() * network.layout().size(), clipValue);
    }
    if (clipNorm > 0) {
      kernels.clipNorm(network.gradients(), groups(), network.layout().size(), clipNorm, state);
    }
    optimizer.update(kernels, update(), state);
  }

  private LossShape lossShape() {
    return new LossShape(groups(), data.steps(), data.batch(), network.spec().outputs());
  }

  private LossArguments lossArguments() {
    View prediction = unrolled.outputView();
    View gradient = unrolled.outputGradientView();
    LossArguments arguments =
        labelled()
            ? LossArguments.of(prediction, labels, gradient)
            : LossArguments.of(prediction, targetView(), gradient);
    return arguments.lengths(lengths);
  }

  private ParameterUpdate update() {
    return new ParameterUpdate(
        groups(), network.layout().size(), network.values(), network.gradients(), slots);
  }

  private View targetView() {
    return View.of(target, (long) data.steps() * data.batch(), network.spec().outputs());
  }

  private boolean labelled() {
    return loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY;
  }

  private int groups() {
    return network.groups();
  }

  UnrolledNetwork unrolled() {
    return unrolled;
  }

  Optimizer optimizer() {
    return optimizer;
  }

  List<Buffer> slots() {
    return slots;
  }

  StepState state() {
    return state;
  }

  Buffer target() {
    if (target == null) {
      throw new IllegalStateException(loss.kind() + " learns from labels(), not from a target");
    }
    return target;
  }

  IndexBuffer labels() {
    if (labels == null) {
      throw new IllegalStateException(loss.kind() + " learns from target(), not from labels");
    }
    return labels;
  }
}
