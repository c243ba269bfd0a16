package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.StepState;
import java.util.List;
import java.util.Objects;

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
  private final DeviceMemory memory;
  private final TrainingStep step;
  private final StepLoop loop;

  private Trainer(Builder options) {
    network = options.network;
    memory = new DeviceMemory(network.kernels());
    try {
      step = new TrainingStep(options, memory);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    loop =
        new StepLoop(
            memory, step.state(), List.of(network), options.clipNorm, options.recorded, step::take);
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
    loop.run(steps);
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
    loop.train(steps, interval, listener);
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
    loop.train(steps, interval, batches, listener);
  }

  /**
   * Waits for the device and makes sure that no group met a loss that is not finite.
   *
   * @throws NonFiniteLossException if one has, with the step and what to change
   */
  public void check() {
    loop.check();
  }

  /**
   * As {@link #check}, and makes sure that all parameters are finite numbers: a loss may still be
   * one after the update that ruins them.
   *
   * @throws NonFiniteLossException if a loss or a parameter is not finite
   */
  public void checkParameters() {
    loop.checkParameters();
  }

  /** Steps taken so far, of the group that took most. */
  public long steps() {
    return loop.steps();
  }

  /**
   * The losses of the last {@code count} steps of each group, oldest first; NaN where a group did
   * not take the step.
   *
   * @throws IllegalArgumentException if so many steps were not taken or are no longer kept
   */
  public List<double[]> lastLosses(int count) {
    return loop.lastLosses(count);
  }

  StepLoop loop() {
    return loop;
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
    return step.state();
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
  public static final class Builder extends TrainerBuilder<Builder> {
    final Network network;
    final TrainingData data;
    double clipValue;

    private Builder(Network network, TrainingData data) {
      super(network.groups());
      this.network = network;
      this.data = Objects.requireNonNull(data, "data");
    }

    @Override
    Builder self() {
      return this;
    }

    /** Clips each gradient to {@code ±limit}, before clipping by norm; 0 for not at all. */
    public Builder clipValue(double limit) {
      clipValue = limit(limit, "clipValue");
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
  }
}
