package dev.refrain.series;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.EarlyStopping;
import dev.refrain.network.Network;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Networks that are trained at once, one group each: all of one shape and window, each with its own
 * frame and seed, and each as if it were trained alone.
 */
final class GroupTraining implements AutoCloseable {
  /** Losses kept on the device, which bounds the steps between two reports. */
  private static final int HISTORY_LENGTH = 1_000;

  /** Reports come about this often. */
  private static final double REPORT_SECONDS = 0.1;

  /** Training ends early at one of so many points. */
  private static final int LOOKS = 40;

  private final Network network;
  private final Trainer trainer;

  /** What training ends early by; null where it does not. */
  private TailError tail;

  private EarlyStopping stopping;

  /** Null where nothing is kept on the way. */
  private Runnable keeper;

  private long keepInterval = Long.MAX_VALUE;

  /** Hears the steps that were taken, the loss and the speed. */
  interface StepListener {
    void onSteps(long step, double loss, double stepsPerSecond);
  }

  /**
   * Prepares networks with new parameters.
   *
   * @param frames one a group
   * @param seeds one a group
   * @param steps that the schedule spans
   */
  GroupTraining(
      Kernels kernels,
      ForecastSettings settings,
      int window,
      List<Frame> frames,
      long[] seeds,
      int steps) {
    this(
        kernels,
        settings,
        windows(frames, window, settings.batch),
        frames.get(0).preparation().shape(),
        seeds,
        steps);
  }

  private GroupTraining(
      Kernels kernels,
      ForecastSettings settings,
      SeriesWindows windows,
      FrameShape shape,
      long[] seeds,
      int steps) {
    network = Network.create(kernels, settings.spec(shape), seeds);
    try {
      trainer =
          Trainer.builder(network, windows)
              .loss(settings.loss)
              .optimizer(settings.optimizer)
              .schedule(settings.scheduleOver(steps))
              .learningRate(settings.learningRate)
              .clipNorm(settings.clipNorm)
              .seed(seeds)
              .historyLength(HISTORY_LENGTH)
              .build();
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  /**
   * Prepares the networks of one forecaster, to learn from the same rows.
   *
   * @param numbers rows of inputs and outputs
   * @param starts of the windows, in rounds {@code [rounds, members, batch]}
   */
  static GroupTraining shared(
      Kernels kernels,
      ForecastSettings settings,
      int window,
      float[] numbers,
      int[] starts,
      FrameShape shape) {
    SeriesWindows windows =
        SeriesWindows.shared(numbers, shape.inputs() + shape.outputs(), window, settings.batch)
            .ahead(0)
            .targetColumn(shape.inputs())
            .startingAt(starts);
    long[] seeds = LongStream.range(settings.seed, settings.seed + settings.members).toArray();
    return new GroupTraining(kernels, settings, windows, shape, seeds, settings.steps);
  }

  private static SeriesWindows windows(List<Frame> frames, int window, int batch) {
    FrameShape shape = frames.get(0).preparation().shape();
    int columns = shape.inputs() + shape.outputs();
    Frame first = frames.get(0);
    // Arrays are equal only if they are the same.
    boolean shared = frames.stream().map(Frame::numbers).distinct().count() == 1;
    SeriesWindows windows =
        shared
            ? SeriesWindows.shared(first.numbers(), columns, window, batch)
            : SeriesWindows.perGroup(
                frames.stream().map(Frame::numbers).toArray(float[][]::new),
                columns,
                window,
                batch);
    return windows.ahead(0).targetColumn(shape.inputs());
  }

  /**
   * Takes steps, in stretches of {@link #REPORT_SECONDS} whatever the speed of the engine, until so
   * many are taken in all. Groups whose loss is no longer finite stand still, and training ends
   * once all do.
   *
   * @return whether all were taken: false if the thread was interrupted, whose status stays set
   */
  boolean run(long steps, StepListener listener) {
    boolean ended = take(steps, listener);
    if (tail != null) {
      stopping.restore();
      tail.close();
      tail = null;
    }
    return ended;
  }

  private boolean take(long steps, StepListener listener) {
    long taken = trainer.steps();
    long left = Math.max(0, steps - taken);
    int stretch = 1;
    // At steps that neither the speed of the engine nor a stop has a say in.
    long interval = tail == null ? Long.MAX_VALUE : Math.max(1, steps / LOOKS);
    long untilLook = interval - taken % interval;
    long untilKept = keepInterval;
    while (left > 0 && running() > 0) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      stretch = (int) Math.min(stretch, Math.min(untilLook, untilKept));
      long begun = System.nanoTime();
      trainer.run(stretch);
      long step = trainer.steps();
      double seconds = Math.max(1e-9, (System.nanoTime() - begun) * 1e-9);
      left -= stretch;
      untilLook -= stretch;
      untilKept -= stretch;
      if (untilLook == 0) {
        stopping.look();
        untilLook = interval;
      }
      if (untilKept == 0) {
        keeper.run();
        untilKept = keepInterval;
      }
      listener.onSteps(step, loss(), stretch / seconds);
      long fitting = Math.round(stretch * REPORT_SECONDS / seconds);
      stretch = (int) Math.max(1, Math.min(fitting, Math.min(left, HISTORY_LENGTH)));
    }
    return left <= 0 || !Thread.currentThread().isInterrupted();
  }

  /**
   * Lets each network end once rows that it does not learn from are no longer predicted better, and
   * gives it the parameters that did best.
   *
   * @param window T
   * @param of equally many windows for each network
   */
  GroupTraining endingEarly(int window, List<List<TailError.Window>> of, int patience) {
    tail = new TailError(network, window, of);
    stopping = new EarlyStopping(trainer, tail::errors, patience);
    return this;
  }

  /** Puts networks and training where a saved one stood. */
  void resume(Checkpoint checkpoint) {
    if (stopping == null) {
      checkpoint.resume(trainer);
    } else {
      checkpoint.resume(trainer, stopping);
    }
  }

  /**
   * Saves how far the training is; where it ends early, what is best so far as well.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  void save(Path file, Map<String, String> config) throws IOException {
    if (stopping == null) {
      Checkpoint.save(file, trainer, config);
    } else {
      Checkpoint.save(file, trainer, stopping, config);
    }
  }

  /** Lets something be done every so many steps. */
  GroupTraining keeping(long interval, Runnable newKeeper) {
    keepInterval = interval;
    keeper = newKeeper;
    return this;
  }

  private long running() {
    return trainer.state().read().stream()
        .filter(it -> it.status() == GroupState.Status.RUNNING)
        .count();
  }

  private double loss() {
    return trainer.state().read().stream()
        .mapToDouble(GroupState::loss)
        .filter(Double::isFinite)
        .average()
        .orElse(Double.NaN);
  }

  /** For each group why it was stopped before its end, or null. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    for (GroupState it : trainer.state().read()) {
      failures.add(
          it.status() == GroupState.Status.NOT_FINITE
              ? "its loss became "
                  + it.loss()
                  + " at step "
                  + it.step()
                  + "; lower the learning rate"
              : null);
    }
    return failures;
  }

  Network network() {
    return network;
  }

  Trainer trainer() {
    return trainer;
  }

  @Override
  public void close() {
    if (tail != null) {
      tail.close();
    }
    trainer.close();
    network.close();
  }
}
