package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
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
import java.util.List;
import java.util.Objects;

/**
 * Trains pairs of networks on windows of a series. A step draws where windows start, lets the
 * encoder read {@code window} rows, hands its final state to the decoder, and compares what the
 * decoder says with the {@code horizon} rows that follow; the gradient goes back through the
 * decoder, and by the states that were handed over through the encoder. In training the decoder
 * reads the true row before the one that it is to say ("teacher forcing", Williams and Zipser
 * 1989); only when it predicts it reads what it said itself.
 *
 * <p>A step is recorded once and replayed. The gradient norms of encoder and decoder are bounded
 * each for itself.
 *
 * <p>The trainer owns batch, activations, optimizer arrays and state, and closes them; the model
 * stays open. One thread at a time uses it.
 */
public final class EncoderDecoderTrainer implements AutoCloseable {
  private final EncoderDecoder model;
  private final Kernels kernels;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final double clipNorm;
  private final int window;
  private final int horizon;
  private final int batch;
  private final DeviceMemory memory;

  private final UnrolledNetwork encoder;
  private final UnrolledNetwork decoder;
  private final Buffer target;
  private final Gather reading;
  private final Gather saying;
  private final List<Buffer> encoderSlots;
  private final List<Buffer> decoderSlots;
  private final StepState state;
  private final StepLoop loop;

  private record Gather(GatherShape shape, GatherArguments arguments) {}

  private EncoderDecoderTrainer(Builder options) {
    model = options.model;
    kernels = model.decoder().kernels();
    loss = options.loss;
    optimizer = options.optimizer;
    schedule = options.schedule;
    clipNorm = options.clipNorm;
    window = options.window;
    horizon = options.horizon;
    batch = options.batch;
    memory = new DeviceMemory(kernels);
    try {
      encoder = memory.own(model.encoder().unroll(window, batch).training().states().build());
      decoder = memory.own(model.decoder().unroll(horizon, batch).training().states().build());
      target = memory.floats(decoder.output().size());
      Buffer series = memory.floats(options.series.length);
      series.write(options.series);
      IndexBuffer starts = null;
      if (options.starts != null) {
        starts = memory.indices(options.starts.length);
        starts.write(options.starts);
      }
      // Gathers of the same span start at the same rows, so that what is said follows what is read.
      reading =
          new Gather(
              shape(window, 0, 0, options.rows()),
              new GatherArguments(series, null, starts, encoder.inputView(), null));
      saying =
          new Gather(
              shape(horizon, window - 1, window, options.rows()),
              new GatherArguments(series, null, starts, decoder.inputView(), targetView()));
      encoderSlots = TrainingStep.slots(memory, model.encoder(), optimizer);
      decoderSlots = TrainingStep.slots(memory, model.decoder(), optimizer);
      state = options.state(memory);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
    loop =
        new StepLoop(
            memory,
            state,
            List.of(model.encoder(), model.decoder()),
            clipNorm,
            options.recorded,
            this::step);
  }

  private GatherShape shape(int steps, int inputShift, int targetShift, long rows) {
    int columns = model.columns();
    return new GatherShape(
        model.groups(),
        steps,
        batch,
        columns,
        0,
        inputShift,
        columns,
        0,
        targetShift,
        (long) window + horizon,
        rows,
        columns,
        true);
  }

  /**
   * Starts to describe how pairs are trained, and on what.
   *
   * @param series {@code [S, columns]}, all that they learn from; not copied: leave it as it is
   *     until the trainer is built
   * @param window rows that the encoder reads
   * @param horizon rows that the decoder says
   * @param batch windows of a step
   * @throws IllegalArgumentException if a size is below 1, or the series is shorter than window and
   *     horizon together
   */
  public static Builder builder(
      EncoderDecoder model, float[] series, int window, int horizon, int batch) {
    return new Builder(model, series, window, horizon, batch);
  }

  /**
   * Takes {@code steps} steps; a group whose loss or gradient is not finite stands still from there
   * on: see {@link #check}.
   */
  public void run(long steps) {
    loop.run(steps);
  }

  /**
   * As {@link Trainer#train(long, int, TrainingListener)}: takes {@code steps} steps and reports
   * every {@code interval} of them, and at the end.
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

  private void step() {
    kernels.advance(schedule, optimizer, state);
    kernels.gather(reading.shape(), reading.arguments(), state);
    kernels.gather(saying.shape(), saying.arguments(), state);
    encoder.forward();
    EncoderDecoder.hand(encoder.finalState(), decoder.initialState());
    decoder.forward();
    kernels.loss(loss, lossShape(), lossArguments(), state);
    decoder.backward();
    EncoderDecoder.hand(decoder.initialStateGradient(), encoder.finalStateGradient());
    encoder.backward();
    if (clipNorm > 0) {
      // Both before any update, so that neither takes a step that stops the other.
      clip(model.encoder());
      clip(model.decoder());
    }
    update(model.encoder(), encoderSlots);
    update(model.decoder(), decoderSlots);
  }

  private void clip(Network network) {
    kernels.clipNorm(
        network.gradients(), network.groups(), network.layout().size(), clipNorm, state);
  }

  private void update(Network network, List<Buffer> slots) {
    optimizer.update(
        kernels,
        new ParameterUpdate(
            network.groups(),
            network.layout().size(),
            network.values(),
            network.gradients(),
            slots),
        state);
  }

  private LossShape lossShape() {
    return new LossShape(model.groups(), horizon, batch, model.columns());
  }

  private LossArguments lossArguments() {
    return LossArguments.of(decoder.outputView(), targetView(), decoder.outputGradientView());
  }

  private View targetView() {
    return View.of(target, (long) horizon * batch, model.columns());
  }

  /**
   * Waits for the device and makes sure that no group met a loss that is not finite.
   *
   * @throws NonFiniteLossException if one has
   */
  public void check() {
    loop.check();
  }

  /** Steps taken so far, of the group that took most. */
  public long steps() {
    return loop.steps();
  }

  /**
   * The losses of the last {@code count} steps of each group, oldest first; NaN where a group did
   * not take the step.
   */
  public List<double[]> lastLosses(int count) {
    return loop.lastLosses(count);
  }

  StepLoop loop() {
    return loop;
  }

  /** What is trained. */
  public EncoderDecoder model() {
    return model;
  }

  /** The rule that updates the parameters. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** Step, learning rate, seed and loss of each group, on the device. */
  public StepState state() {
    return state;
  }

  /** The optimizer's own arrays, of the encoders and of the decoders. */
  List<List<Buffer>> slots() {
    return List.of(encoderSlots, decoderSlots);
  }

  @Override
  public void close() {
    memory.close();
  }

  /**
   * Says how to train. Without further calls: mean squared error, Adam, a learning rate of 0.001,
   * seed 0, no clipping, recorded, the last 1,000 losses kept.
   */
  public static final class Builder extends TrainerBuilder<Builder> {
    private final EncoderDecoder model;
    private final float[] series;
    private final int window;
    private final int horizon;
    private final int batch;
    private int[] starts;

    private Builder(EncoderDecoder model, float[] series, int window, int horizon, int batch) {
      super(model.groups());
      this.model = model;
      this.series = Objects.requireNonNull(series, "series");
      this.window = window;
      this.horizon = horizon;
      this.batch = batch;
      if (window < 1 || horizon < 1 || batch < 1) {
        throw new IllegalArgumentException(
            "window is %d, horizon %d and batch %d; all must be at least 1"
                .formatted(window, horizon, batch));
      }
      if (series.length % model.columns() != 0 || rows() < (long) window + horizon) {
        throw new IllegalArgumentException(
            "a series of %d numbers is no whole rows of %d, or fewer than window and horizon, %d"
                .formatted(series.length, model.columns(), (long) window + horizon));
      }
    }

    private int rows() {
      return series.length / model.columns();
    }

    @Override
    Builder self() {
      return this;
    }

    /** With given starts {@code [K, G, batch]}: step s uses round {@code (s−1) mod K}. */
    public Builder startingAt(int... newStarts) {
      starts = newStarts.clone();
      return this;
    }

    /**
     * Allocates the memory and puts the series on the device.
     *
     * @throws IllegalArgumentException if the loss is one of classes
     * @throws dev.refrain.kernels.KernelException if memory runs out; what was allocated is given
     *     back
     */
    public EncoderDecoderTrainer build() {
      if (loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY) {
        throw new IllegalArgumentException("loss is for classes; choose MSE, RMSE, MAE or HUBER");
      }
      return new EncoderDecoderTrainer(this);
    }
  }
}
