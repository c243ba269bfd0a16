package dev.refrain.kernels.bridge;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.bridge.generated.refrain_group_state;
import dev.refrain.kernels.bridge.generated.refrain_step_state;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;

/** The step state on a native engine's device: the groups, then their histories. */
final class NativeStepState implements StepState {
  private final NativeMemory groupMemory;
  private final NativeMemory historyMemory;
  private final long groupBytes;
  private final int groups;
  private final int historyLength;

  NativeStepState(NativeKernels owner, int groups, int historyLength) {
    if (groups <= 0 || historyLength < 0) {
      throw new IllegalArgumentException(
          "a state needs at least 1 group and a history of at least 0 steps, not "
              + groups
              + " and "
              + historyLength);
    }
    this.groups = groups;
    this.historyLength = historyLength;
    try (refrain_group_state one = new refrain_group_state()) {
      groupBytes = one.sizeof();
    }
    groupMemory = new NativeMemory(owner, groups * groupBytes, "step state");
    historyMemory =
        historyLength == 0
            ? null
            : new NativeMemory(owner, (long) groups * historyLength * Double.BYTES, "step state");
    for (int g = 0; g < groups; g++) {
      write(g, GroupState.initial(0, 0));
    }
  }

  /** Points the native argument at this state. */
  void putInto(refrain_step_state target, NativeKernels user) {
    target
        .group(new refrain_group_state(groupMemory.addressFor(user)))
        .history(historyMemory == null ? null : new DoublePointer(historyMemory.addressFor(user)))
        .history_length(historyLength)
        .groups(groups);
  }

  @Override
  public int groups() {
    return groups;
  }

  @Override
  public int historyLength() {
    return historyLength;
  }

  @Override
  public GroupState read(int group) {
    Objects.checkIndex(group, groups);
    try (refrain_group_state s = new refrain_group_state()) {
      groupMemory.read(group * groupBytes, s, groupBytes);
      return new GroupState(
          s.step(),
          s.seed(),
          s.base_learning_rate(),
          s.learning_rate(),
          s.beta1_power(),
          s.beta2_power(),
          s.loss(),
          s.gradient_norm(),
          s.clip_factor(),
          s.stopped() != 0);
    }
  }

  @Override
  public void write(int group, GroupState state) {
    Objects.checkIndex(group, groups);
    try (refrain_group_state s = new refrain_group_state()) {
      s.step(state.step())
          .seed(state.seed())
          .base_learning_rate(state.baseLearningRate())
          .learning_rate(state.learningRate())
          .beta1_power(state.beta1Power())
          .beta2_power(state.beta2Power())
          .loss(state.loss())
          .gradient_norm(state.gradientNorm())
          .clip_factor(state.clipFactor())
          .stopped(state.stopped() ? 1 : 0);
      groupMemory.write(group * groupBytes, s, groupBytes);
    }
  }

  @Override
  public void readHistory(int group, long firstStep, double[] target) {
    long lastTaken = read(group).step();
    long lastAsked = firstStep + target.length - 1;
    if (firstStep < 1 || lastAsked > lastTaken || firstStep <= lastTaken - historyLength) {
      throw new IllegalArgumentException(
          String.format(
              "losses of steps %d..%d were asked; those of %d..%d are kept",
              firstStep, lastAsked, Math.max(1, lastTaken - historyLength + 1), lastTaken));
    }
    int first = (int) ((firstStep - 1) % Math.max(1, historyLength));
    int untilWrap = Math.min(target.length, historyLength - first);
    readLosses(group, first, target, 0, untilWrap);
    readLosses(group, 0, target, untilWrap, target.length - untilWrap);
  }

  private void readLosses(int group, int slot, double[] target, int from, int count) {
    if (count == 0) {
      return;
    }
    try (DoublePointer host = new DoublePointer(count)) {
      long offset = (long) group * historyLength + slot;
      historyMemory.read(offset * Double.BYTES, host, (long) count * Double.BYTES);
      host.get(target, from, count);
    }
  }

  @Override
  public void close() {
    groupMemory.close();
    if (historyMemory != null) {
      historyMemory.close();
    }
  }
}
