package dev.refrain.kernels.bridge;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.bridge.generated.refrain_group_state;
import dev.refrain.kernels.bridge.generated.refrain_step_state;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;

/** The step state on a native engine's device: the groups, then their histories. */
final class NativeStepState implements StepState {
  private final NativeMemory groupMemory;
  private final NativeMemory historyMemory;
  private final long groupBytes;
  private final int groups;
  private final int historyLength;

  NativeStepState(NativeContext owner, int groups, int historyLength) {
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
    double[] unknown = new double[historySize(groups, historyLength)];
    groupMemory = new NativeMemory(owner, groups * groupBytes, "step state");
    try {
      historyMemory =
          historyLength == 0
              ? null
              : new NativeMemory(owner, (long) unknown.length * Double.BYTES, "step state");
    } catch (RuntimeException e) {
      groupMemory.close();
      throw e;
    }
    write(Collections.nCopies(groups, GroupState.initial(0, 0)));
    Arrays.fill(unknown, Double.NaN);
    writeKept(unknown);
  }

  private static int historySize(int groups, int historyLength) {
    long size = (long) groups * historyLength;
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a history of " + historyLength + " steps for " + groups + " groups is too long to read");
    }
    return (int) size;
  }

  /** Points the native argument at this state. */
  void putInto(refrain_step_state target, NativeContext user) {
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
  public List<GroupState> read() {
    try (refrain_group_state all = new refrain_group_state(groups)) {
      groupMemory.read(0, all, groups * groupBytes);
      List<GroupState> states = new ArrayList<>(groups);
      for (int g = 0; g < groups; g++) {
        states.add(toJava(all.getPointer(g)));
      }
      return states;
    }
  }

  @Override
  public GroupState read(int group) {
    Objects.checkIndex(group, groups);
    try (refrain_group_state one = new refrain_group_state()) {
      groupMemory.read(group * groupBytes, one, groupBytes);
      return toJava(one);
    }
  }

  private static GroupState toJava(refrain_group_state s) {
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
        GroupState.Status.values()[Math.toIntExact(s.status())]);
  }

  @Override
  public void write(List<GroupState> states) {
    if (states.size() != groups) {
      throw new IllegalArgumentException(
          states.size() + " states were given for " + groups + " groups");
    }
    try (refrain_group_state all = new refrain_group_state(groups)) {
      for (int g = 0; g < groups; g++) {
        toNative(states.get(g), all.getPointer(g));
      }
      groupMemory.write(0, all, groups * groupBytes);
    }
  }

  @Override
  public void write(int group, GroupState state) {
    Objects.checkIndex(group, groups);
    try (refrain_group_state one = new refrain_group_state()) {
      toNative(state, one);
      groupMemory.write(group * groupBytes, one, groupBytes);
    }
  }

  private static void toNative(GroupState state, refrain_group_state target) {
    target
        .step(state.step())
        .seed(state.seed())
        .base_learning_rate(state.baseLearningRate())
        .learning_rate(state.learningRate())
        .beta1_power(state.beta1Power())
        .beta2_power(state.beta2Power())
        .loss(state.loss())
        .gradient_norm(state.gradientNorm())
        .clip_factor(state.clipFactor())
        .status(state.status().ordinal());
  }

  @Override
  public double[] readHistory(long firstStep, int count) {
    List<GroupState> states = read();
    long taken = states.stream().mapToLong(GroupState::step).max().orElseThrow();
    if (firstStep < 1
        || count < 0
        || firstStep + count - 1 > taken
        || firstStep <= taken - historyLength) {
      throw new IllegalArgumentException(
          String.format(
              "losses of steps %d..%d were asked; those of %d..%d are kept",
              firstStep, firstStep + count - 1, Math.max(1, taken - historyLength + 1), taken));
    }
    double[] kept = readKept();
    double[] losses = new double[groups * count];
    for (int g = 0; g < groups; g++) {
      for (int i = 0; i < count; i++) {
        long step = firstStep + i;
        // a slot beyond the group's last step still holds the loss of a step before the ring
        // wrapped
        losses[g * count + i] = step > states.get(g).step() ? Double.NaN : kept[slot(g, step)];
      }
    }
    return losses;
  }

  @Override
  public void writeHistory(long firstStep, double[] losses) {
    int count = losses.length / groups;
    if (firstStep < 1 || count * groups != losses.length || count > historyLength) {
      throw new IllegalArgumentException(
          String.format(
              "%d losses from step %d do not fit %d groups that keep %d each",
              losses.length, firstStep, groups, historyLength));
    }
    double[] kept = readKept();
    for (int g = 0; g < groups; g++) {
      for (int i = 0; i < count; i++) {
        kept[slot(g, firstStep + i)] = losses[g * count + i];
      }
    }
    writeKept(kept);
  }

  private int slot(int group, long step) {
    return group * historyLength + (int) ((step - 1) % historyLength);
  }

  private double[] readKept() {
    double[] kept = new double[groups * historyLength];
    if (kept.length > 0) {
      try (DoublePointer host = new DoublePointer(kept.length)) {
        historyMemory.read(0, host, (long) kept.length * Double.BYTES);
        host.get(kept);
      }
    }
    return kept;
  }

  private void writeKept(double[] kept) {
    if (kept.length > 0) {
      try (DoublePointer host = new DoublePointer(kept)) {
        historyMemory.write(0, host, (long) kept.length * Double.BYTES);
      }
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
