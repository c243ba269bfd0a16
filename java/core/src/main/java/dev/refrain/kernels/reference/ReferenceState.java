package dev.refrain.kernels.reference;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.StepState;
import java.util.Arrays;
import java.util.Objects;

/** The state of a training run on the heap. */
final class ReferenceState implements StepState {
  /** Numbers in a {@link GroupState}. */
  static final int FIELDS = 10;

  /** One group's {@link GroupState}, which operations change in place. */
  static final class Group {
    long step;
    long seed;
    double baseLearningRate;
    double learningRate;
    double beta1Power;
    double beta2Power;
    double loss;
    double gradientNorm;
    double clipFactor;
    boolean stopped;

    void set(GroupState state) {
      step = state.step();
      seed = state.seed();
      baseLearningRate = state.baseLearningRate();
      learningRate = state.learningRate();
      beta1Power = state.beta1Power();
      beta2Power = state.beta2Power();
      loss = state.loss();
      gradientNorm = state.gradientNorm();
      clipFactor = state.clipFactor();
      stopped = state.stopped();
    }

    GroupState get() {
      return new GroupState(
          step,
          seed,
          baseLearningRate,
          learningRate,
          beta1Power,
          beta2Power,
          loss,
          gradientNorm,
          clipFactor,
          stopped);
    }
  }

  private final ReferenceMemory memory;
  private final Group[] groups;
  private final double[][] history;
  private boolean closed;

  ReferenceState(ReferenceMemory memory, int groups, int historyLength) {
    this.memory = memory;
    this.groups = new Group[groups];
    this.history = new double[groups][historyLength];
    Arrays.setAll(this.groups, g -> new Group());
    for (Group group : this.groups) {
      group.set(GroupState.initial(0, 0));
    }
  }

  ReferenceMemory memory() {
    return memory;
  }

  Group group(int group) {
    requireOpen();
    return groups[group];
  }

  /**
   * Keeps the loss of the group's current step, and stops the group if it is not finite; nothing if
   * the group is stopped already.
   */
  void recordLoss(int group, double loss) {
    Group numbers = group(group);
    if (numbers.stopped) {
      return;
    }
    numbers.loss = loss;
    numbers.stopped = !Double.isFinite(loss);
    if (numbers.step >= 1 && historyLength() > 0) {
      history[group][slot(numbers.step)] = loss;
    }
  }

  private int slot(long step) {
    return (int) ((step - 1) % historyLength());
  }

  @Override
  public int groups() {
    requireOpen();
    return groups.length;
  }

  @Override
  public int historyLength() {
    requireOpen();
    return history[0].length;
  }

  @Override
  public GroupState read(int group) {
    memory.requireTransfers("read");
    return group(Objects.checkIndex(group, groups())).get();
  }

  @Override
  public void write(int group, GroupState state) {
    memory.requireTransfers("written");
    group(Objects.checkIndex(group, groups())).set(state);
  }

  @Override
  public void readHistory(int group, long firstStep, double[] target) {
    memory.requireTransfers("read");
    long taken = group(Objects.checkIndex(group, groups())).step;
    long lastStep = firstStep + target.length - 1;
    long oldestKept = Math.max(1, taken - historyLength() + 1);
    if (firstStep < oldestKept || lastStep > taken) {
      throw new IllegalArgumentException(
          String.format(
              "the losses of steps %d..%d were asked for; group %d keeps those of %d..%d",
              firstStep, lastStep, group, oldestKept, taken));
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = history[group][slot(firstStep + i)];
    }
  }

  private void requireOpen() {
    memory.requireOpen();
    if (closed) {
      throw new IllegalStateException("the state is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.giveBack((long) groups.length * (FIELDS + history[0].length) * Double.BYTES);
    }
  }
}
