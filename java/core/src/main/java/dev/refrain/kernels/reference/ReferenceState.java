package dev.refrain.kernels.reference;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.StepState;
import java.util.Arrays;
import java.util.List;
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
    GroupState.Status status;

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
      status = state.status();
    }

    boolean runs() {
      return status == GroupState.Status.RUNNING;
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
          status);
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
    for (double[] losses : history) {
      Arrays.fill(losses, Double.NaN);
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
   * Keeps the loss of the group's current step, and stops the group if it is not finite; nothing
   * where the group does not run.
   */
  void recordLoss(int group, double loss) {
    Group numbers = group(group);
    if (!numbers.runs()) {
      return;
    }
    numbers.loss = loss;
    if (!Double.isFinite(loss)) {
      numbers.status = GroupState.Status.NOT_FINITE;
    }
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
  public List<GroupState> read() {
    memory.requireTransfers("read");
    requireOpen();
    return Arrays.stream(groups).map(Group::get).toList();
  }

  @Override
  public GroupState read(int group) {
    memory.requireTransfers("read");
    return group(Objects.checkIndex(group, groups())).get();
  }

  @Override
  public void write(List<GroupState> states) {
    memory.requireTransfers("written");
    if (states.size() != groups()) {
      throw new IllegalArgumentException(
          states.size() + " states are given for " + groups() + " groups");
    }
    for (int g = 0; g < groups(); g++) {
      groups[g].set(states.get(g));
    }
  }

  @Override
  public void write(int group, GroupState state) {
    memory.requireTransfers("written");
    group(Objects.checkIndex(group, groups())).set(state);
  }

  @Override
  public double[] readHistory(long firstStep, int count) {
    long taken = read().stream().mapToLong(GroupState::step).max().orElseThrow();
    long oldestKept = Math.max(1, taken - historyLength() + 1);
    if (count < 0 || firstStep < oldestKept || firstStep + count - 1 > taken) {
      throw new IllegalArgumentException(
          String.format(
              "%d losses from step %d were asked for; those of steps %d..%d are kept",
              count, firstStep, oldestKept, taken));
    }
    double[] losses = new double[groups() * count];
    for (int g = 0; g < groups(); g++) {
      for (int i = 0; i < count; i++) {
        long step = firstStep + i;
        // The slot of a step that the group never reached may hold an older one's loss.
        losses[g * count + i] = step <= groups[g].step ? history[g][slot(step)] : Double.NaN;
      }
    }
    return losses;
  }

  @Override
  public void writeHistory(long firstStep, double[] losses) {
    memory.requireTransfers("written");
    int count = losses.length / groups();
    if (firstStep < 1 || count * groups() != losses.length || count > historyLength()) {
      throw new IllegalArgumentException(
          String.format(
              "%d losses from step %d do not fit %d groups that keep %d each, from step 1 on",
              losses.length, firstStep, groups(), historyLength()));
    }
    for (int g = 0; g < groups(); g++) {
      for (int i = 0; i < count; i++) {
        history[g][slot(firstStep + i)] = losses[g * count + i];
      }
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
