package dev.refrain.network;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Trains the networks of a {@link Network}. A step begins (number, learning rate, powers of beta),
 * takes its batch, runs forward, loss and backward, clips and updates; it is recorded once and
 * replayed. All groups take it together, each with its own seed, learning rate and loss.
 *
 * <pre>{@code
 * try (Trainer trainer =
 *     Trainer.builder(network, SeriesWindows.shared(values, 1, 24, 32))
 *         .loss(Loss.MSE)
 *         .optimizer(new Adam())
 *         .learningRate(1e-3)
 *         .build()) {
 *   trainer.train(2_000, 100, progress -> System.out.println(progress.loss()));
 * }
 * }</pre>
 *
 * <p>The trainer owns batch, activations, optimizer arrays and state, and closes them; network and
 * kernels stay open. One thread at a time uses it.
 */
public final class Trainer implements AutoCloseable {
  private final Network network;
  private final double clipNorm;
  private final boolean recorded;
  private final DeviceMemory memory;
  private final TrainingStep step;
  private final StepState state;
  private Recording recording;

  private Trainer(Builder options) {
    network = options.network;
    clipNorm = options.clipNorm;
    recorded = options.recorded;
    memory = new DeviceMemory(network.kernels());
    try {
      step = new TrainingStep(options, memory);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    state = step.state();
  }

  /** Starts to describe how a network is trained, and on what. */
  public static Builder builder(Network network, TrainingData data) {
    return new Builder(network, data);
  }

  /**
   * Takes {@code steps} steps and returns without asking how they went; may return before the
   * device has finished. A group whose loss is not finite stands still from there on: see {@link
   * #check}.
   *
   * @param steps at least 0
   */
  public void run(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps is " + steps + "; it must be at least 0");
    }
    if (!recorded) {
      for (long i = 0; i < steps; i++) {
        step.take();
      }
      return;
    }
    if (recording == null) {
      recording = memory.own(network.kernels().record(step::take));
    }
    recording.run(steps);
  }

  /**
   * Takes {@code steps} steps and reports every {@code interval} of them, and at the end. Ends
   * earlier once all groups have ended, which a listener may bring about through {@link #state}.
   *
   * @param interval from 1 to the trainer's history length
   * @throws NonFiniteLossException if a loss or gradient norm is not finite; noticed at the report
   * @throws InterruptedException if the thread was interrupted; noticed between reports, with all
   *     steps so far complete and reported
   */
  public void train(long steps, int interval, TrainingListener listener)
      throws InterruptedException {
    requireInterval(interval);
    for (long left = steps; left > 0 && anyRuns(); ) {
      requireGoOn();
      int chunk = (int) Math.min(left, interval);
      long begun = System.nanoTime();
      run(chunk);
      left -= chunk;
      report(chunk, begun, listener);
    }
  }

  /**
   * As {@link #train(long, int, TrainingListener)}, with a new batch for every step; for a {@link
   * CallerBatch}. Reports after each step whose number is a multiple of {@code interval}, and at
   * the end.
   *
   * @throws InterruptedException if the thread was interrupted; noticed between steps, with all
   *     steps so far complete
   */
  public void train(long steps, int interval, BatchSource batches, TrainingListener listener)
      throws InterruptedException {
    requireInterval(interval);
    long step = steps();
    for (long last = step + steps; step < last && anyRuns(); ) {
      int chunk = (int) Math.min(last - step, interval - step % interval);
      long begun = System.nanoTime();
      for (int i = 0; i < chunk; i++) {
        requireGoOn();
        step++;
        batches.write(step);
        run(1);
      }
      report(chunk, begun, listener);
    }
  }

  private void requireInterval(int interval) {
    if (interval < 1 || interval > state.historyLength()) {
      throw new IllegalArgumentException(
          "interval is "
              + interval
              + "; it must lie in 1.."
              + state.historyLength()
              + ", the history length of this trainer");
    }
  }

  private void requireGoOn() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("training was interrupted after step " + steps());
    }
  }

  private void report(int chunk, long begun, TrainingListener listener) {
    check();
    double seconds = (System.nanoTime() - begun) * 1e-9;
    listener.onProgress(
        new TrainingProgress(steps(), lastLosses(chunk), chunk / Math.max(seconds, 1e-9)));
  }

  private boolean anyRuns() {
    return state.read().stream().anyMatch(it -> it.status() == GroupState.Status.RUNNING);
  }

  /**
   * Waits for the device and makes sure that no group met a loss that is not finite.
   *
   * @throws NonFiniteLossException if one has, with the step and what to change
   */
  public void check() {
    List<GroupState> states = state.read();
    for (int g = 0; g < states.size(); g++) {
      GroupState it = states.get(g);
      if (it.status() == GroupState.Status.NOT_FINITE) {
        throw new NonFiniteLossException(g, it.step(), describeStop(g, it));
      }
    }
  }

  /**
   * As {@link #check}, and makes sure that all parameters are finite numbers: a loss may still be
   * one after the update that ruins them.
   *
   * @throws NonFiniteLossException if a loss or a parameter is not finite
   */
  public void checkParameters() {
    check();
    for (int group = 0; group < groups(); group++) {
      for (float value : network.read(group)) {
        if (!Float.isFinite(value)) {
          GroupState it = state.read(group);
          throw new NonFiniteLossException(
              group,
              it.step(),
              "a parameter became "
                  + value
                  + " by step "
                  + it.step()
                  + "; lower the learning rate ("
                  + it.baseLearningRate()
                  + ") or clip the gradient norm.");
        }
      }
    }
  }

  private String describeStop(int group, GroupState it) {
    String where = groups() == 1 ? "" : " of group " + group;
    String what =
        Double.isFinite(it.loss())
            ? "the gradient norm" + where + " became " + it.gradientNorm()
            : "the loss" + where + " became " + it.loss();
    String clipping =
        clipNorm > 0 ? "clip the gradient norm below " + clipNorm : "clip the gradient norm";
    String advice =
        it.step() == 1
            ? "make sure that inputs and targets are finite numbers of moderate size"
            : "lower the learning rate (" + it.baseLearningRate() + ") or " + clipping;
    return what
        + " at step "
        + it.step()
        + "; training stopped with the parameters before that step. "
        + "To mend it, "
        + advice
        + ".";
  }

  private int groups() {
    return network.groups();
  }

  /** Steps taken so far, of the group that took most. */
  public long steps() {
    return state.read().stream().mapToLong(GroupState::step).max().orElseThrow();
  }

  /**
   * The losses of the last {@code count} steps of each group, oldest first; NaN where a group did
   * not take the step.
   *
   * @throws IllegalArgumentException if so many steps were not taken or are no longer kept
   */
  public List<double[]> lastLosses(int count) {
    double[] all = state.readHistory(steps() - count + 1, count);
    return IntStream.range(0, groups())
        .mapToObj(g -> Arrays.copyOfRange(all, g * count, (g + 1) * count))
        .toList();
  }

  /** What is trained. */
  public Network network() {
    return network;
  }

  /** The rule that updates the parameters. */
  public Optimizer optimizer() {
    return step.optimizer();
  }

  /** The optimizer's own arrays {@code [G,P]}. */
  public List<Buffer> slots() {
    return step.slots();
  }

  /** Step, learning rate, seed and loss of each group, on the device. */
  public StepState state() {
    return state;
  }

  /**
   * The network laid out for training; its activations and gradients are those of the last step.
   */
  public UnrolledNetwork unrolled() {
    return step.unrolled();
  }

  /** The batch's inputs {@code [G,T,N,I]}: the caller's to write with a {@link CallerBatch}. */
  public Buffer input() {
    return step.unrolled().input();
  }

  /** The batch's targets {@code [G,T,N,O]}; not with cross-entropy. */
  public Buffer target() {
    return step.target();
  }

  /** The batch's classes {@code [G,T,N]}, with cross-entropy alone. */
  public IndexBuffer labels() {
    return step.labels();
  }

  /**
   * Steps of each sequence {@code [G,N]}, T at first; with a {@link CallerBatch} that has lengths.
   */
  public IndexBuffer lengths() {
    return step.unrolled().lengths();
  }

  @Override
  public void close() {
    memory.close();
  }

  /**
   * Says how to train. Without further calls: mean squared error, Adam, learning rate 0.001, seed
   * 0, no clipping, recorded, the last 1,000 losses kept.
   */
  public static final class Builder {
    final Network network;
    final TrainingData data;
    Loss loss = Loss.MSE;
    Optimizer optimizer = new Adam();
    Schedule schedule = Schedule.CONSTANT;
    private double[] learningRates = {1e-3};
    private long[] seeds = {0};
    double clipValue;
    double clipNorm;
    int historyLength = 1_000;
    private boolean recorded = true;

    private Builder(Network network, TrainingData data) {
      this.network = Objects.requireNonNull(network, "network");
      this.data = Objects.requireNonNull(data, "data");
    }

    /** What to minimise. */
    public Builder loss(Loss newLoss) {
      loss = Objects.requireNonNull(newLoss, "loss");
      return this;
    }

    /** How gradients become new parameters. */
    public Builder optimizer(Optimizer newOptimizer) {
      optimizer = Objects.requireNonNull(newOptimizer, "optimizer");
      return this;
    }

    /** How the learning rate follows the step. */
    public Builder schedule(Schedule newSchedule) {
      schedule = Objects.requireNonNull(newSchedule, "schedule");
      return this;
    }

    /** Learning rate before the schedule: one for all groups, or one for each. */
    public Builder learningRate(double... rates) {
      for (double rate : rates) {
        if (!(rate >= 0 && Double.isFinite(rate))) {
          throw new IllegalArgumentException(
              "learning rate is " + rate + "; it must be finite and >= 0");
        }
      }
      requireOneOrEach(rates.length, "learning rates");
      learningRates = rates.clone();
      return this;
    }

    /** Seed of windows and dropout: one for all groups, or one for each. */
    public Builder seed(long... newSeeds) {
      requireOneOrEach(newSeeds.length, "seeds");
      seeds = newSeeds.clone();
      return this;
    }

    /** Clips each gradient to {@code ±limit}, before clipping by norm; 0 for not at all. */
    public Builder clipValue(double limit) {
      clipValue = limit(limit, "clipValue");
      return this;
    }

    /**
     * Scales a group's gradients down to this global norm, and stops it before an update whose norm
     * is not finite; 0 for neither.
     */
    public Builder clipNorm(double limit) {
      clipNorm = limit(limit, "clipNorm");
      return this;
    }

    /** How many losses of each group are kept on the device, at least 1. */
    public Builder historyLength(int length) {
      if (length < 1) {
        throw new IllegalArgumentException(
            "historyLength is " + length + "; it must be at least 1");
      }
      historyLength = length;
      return this;
    }

    /**
     * Whether the step is recorded and replayed, or called anew each time; the bits are the same.
     */
    public Builder recorded(boolean newRecorded) {
      recorded = newRecorded;
      return this;
    }

    /**
     * Allocates the memory and puts the data on the device.
     *
     * @throws IllegalArgumentException if data, loss and network do not fit each other
     * @throws dev.refrain.kernels.KernelException if memory runs out; what was allocated is given
     *     back
     */
    public Trainer build() {
      if (loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY && data instanceof SeriesWindows) {
        throw new IllegalArgumentException(
            "windows of a series have targets, not labels: use another loss or a CallerBatch");
      }
      return new Trainer(this);
    }

    private void requireOneOrEach(int count, String name) {
      if (count != 1 && count != network.groups()) {
        throw new IllegalArgumentException(
            count
                + " "
                + name
                + " are given for "
                + network.groups()
                + " groups; give one or "
                + network.groups());
      }
    }

    private static double limit(double limit, String name) {
      if (!(limit >= 0 && Double.isFinite(limit))) {
        throw new IllegalArgumentException(
            name + " is " + limit + "; it must be positive, or 0 for no clipping");
      }
      return limit;
    }

    double rateOf(int group) {
      return learningRates[learningRates.length == 1 ? 0 : group];
    }

    long seedOf(int group) {
      return seeds[seeds.length == 1 ? 0 : group];
    }
  }
}
