package dev.refrain.network;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What trainers are told alike: what to minimise, and how.
 *
 * @param <B> the builder itself
 */
abstract class TrainerBuilder<B extends TrainerBuilder<B>> {
  private final int groups;
  Loss loss = Loss.MSE;
  Optimizer optimizer = new Adam();
  Schedule schedule = Schedule.CONSTANT;
  double clipNorm;
  boolean recorded = true;
  private double[] learningRates = {1e-3};
  private long[] seeds = {0};
  private int historyLength = 1_000;

  TrainerBuilder(int groups) {
    this.groups = groups;
  }

  abstract B self();

  /** What to minimise. */
  public B loss(Loss newLoss) {
    loss = Objects.requireNonNull(newLoss, "loss");
    return self();
  }

  /** How gradients become new parameters. */
  public B optimizer(Optimizer newOptimizer) {
    optimizer = Objects.requireNonNull(newOptimizer, "optimizer");
    return self();
  }

  /** How the learning rate follows the step. */
  public B schedule(Schedule newSchedule) {
    schedule = Objects.requireNonNull(newSchedule, "schedule");
    return self();
  }

  /** Learning rate before the schedule: one for all groups, or one for each. */
  public B learningRate(double... rates) {
    for (double rate : rates) {
      if (!(rate >= 0 && Double.isFinite(rate))) {
        throw new IllegalArgumentException(
            "learning rate is " + rate + "; it must be finite and >= 0");
      }
    }
    requireOneOrEach(rates.length, "learning rates");
    learningRates = rates.clone();
    return self();
  }

  /** Seed of windows and dropout: one for all groups, or one for each. */
  public B seed(long... newSeeds) {
    requireOneOrEach(newSeeds.length, "seeds");
    seeds = newSeeds.clone();
    return self();
  }

  /**
   * Scales a group's gradients down to this norm, and stops it before an update whose norm is not
   * finite; 0 for neither. The norm is that of all parameters of a network.
   */
  public B clipNorm(double limit) {
    clipNorm = limit(limit, "clipNorm");
    return self();
  }

  /** How many losses of each group are kept on the device, at least 1. */
  public B historyLength(int length) {
    if (length < 1) {
      throw new IllegalArgumentException("historyLength is " + length + "; it must be at least 1");
    }
    historyLength = length;
    return self();
  }

  /** Whether the step is recorded and replayed, or called anew each time; the bits are the same. */
  public B recorded(boolean newRecorded) {
    recorded = newRecorded;
    return self();
  }

  private void requireOneOrEach(int count, String name) {
    if (count != 1 && count != groups) {
      throw new IllegalArgumentException(
          "%d %s are given for %d groups; give one or %d".formatted(count, name, groups, groups));
    }
  }

  static double limit(double limit, String name) {
    if (!(limit >= 0 && Double.isFinite(limit))) {
      throw new IllegalArgumentException(
          name + " is " + limit + "; it must be positive, or 0 for no clipping");
    }
    return limit;
  }

  /** The state before the first step, in the trainer's memory. */
  StepState state(DeviceMemory memory) {
    StepState state = memory.own(memory.kernels().allocateState(groups, historyLength));
    state.write(
        IntStream.range(0, groups)
            .mapToObj(
                g ->
                    GroupState.initial(
                        seeds[seeds.length == 1 ? 0 : g],
                        learningRates[learningRates.length == 1 ? 0 : g]))
            .toList());
    return state;
  }
}
