package dev.refrain.network;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.StepState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Takes a training step again and again, recorded once and replayed, and says how it goes. */
final class StepLoop {
  private final DeviceMemory memory;
  private final StepState state;
  private final List<Network> networks;
  private final double clipNorm;
  private final boolean recorded;
  private final Runnable step;
  private Recording recording;

  /**
   * Prepares to take steps.
   *
   * @param memory owns the recording
   * @param networks whose parameters the step changes
   * @param clipNorm of the step, for the advice when it meets no finite number; 0 for none
   * @param step all that is done in one
   */
  StepLoop(
      DeviceMemory memory,
      StepState state,
      List<Network> networks,
      double clipNorm,
      boolean recorded,
      Runnable step) {
    this.memory = memory;
    this.state = state;
    this.networks = List.copyOf(networks);
    this.clipNorm = clipNorm;
    this.recorded = recorded;
    this.step = step;
  }

  /** As {@link Trainer#run}. */
  void run(long steps) {
    requireSteps(steps);
    if (!recorded) {
      for (long i = 0; i < steps; i++) {
        step.run();
      }
      return;
    }
    if (recording == null) {
      recording = memory.own(memory.kernels().record(step));
    }
    recording.run(steps);
  }

  static void requireSteps(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps is " + steps + "; it must be at least 0");
    }
  }

  /** As {@link Trainer#train(long, int, TrainingListener)}. */
  void train(long steps, int interval, TrainingListener listener) throws InterruptedException {
    requireStretch(steps, interval);
    Objects.requireNonNull(listener, "listener");
    for (long left = steps; left > 0 && anyRuns(); ) {
      requireGoOn();
      int chunk = (int) Math.min(left, interval);
      long begun = System.nanoTime();
      run(chunk);
      left -= chunk;
      report(chunk, begun, listener);
    }
  }

  /** As {@link Trainer#train(long, int, BatchSource, TrainingListener)}. */
  void train(long steps, int interval, BatchSource batches, TrainingListener listener)
      throws InterruptedException {
    requireStretch(steps, interval);
    Objects.requireNonNull(batches, "batches");
    Objects.requireNonNull(listener, "listener");
    long at = steps();
    for (long last = at + steps; at < last && anyRuns(); ) {
      int chunk = (int) Math.min(last - at, interval - at % interval);
      long begun = System.nanoTime();
      for (int i = 0; i < chunk; i++) {
        requireGoOn();
        at++;
        batches.write(at);
        run(1);
      }
      report(chunk, begun, listener);
    }
  }

  private void requireStretch(long steps, int interval) {
    requireSteps(steps);
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

  /** As {@link Trainer#check}. */
  void check() {
    List<GroupState> states = state.read();
    for (int g = 0; g < states.size(); g++) {
      GroupState it = states.get(g);
      if (it.status() == GroupState.Status.NOT_FINITE) {
        throw new NonFiniteLossException(g, it.step(), describeStop(g, it));
      }
    }
  }

  /** As {@link Trainer#checkParameters}. */
  void checkParameters() {
    check();
    for (Network network : networks) {
      for (int group = 0; group < network.groups(); group++) {
        for (float value : network.read(group)) {
          if (!Float.isFinite(value)) {
            throw new NonFiniteLossException(
                group, state.read(group).step(), describeParameter(value, state.read(group)));
          }
        }
      }
    }
  }

  private static String describeParameter(float value, GroupState it) {
    return "a parameter became %s by step %d; lower the learning rate (%s) or clip the gradient norm."
        .formatted(value, it.step(), it.baseLearningRate());
  }

  private String describeStop(int group, GroupState it) {
    String where = networks.get(0).groups() == 1 ? "" : " of group " + group;
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

  /** As {@link Trainer#steps}. */
  long steps() {
    return state.read().stream().mapToLong(GroupState::step).max().orElseThrow();
  }

  /** As {@link Trainer#lastLosses}. */
  List<double[]> lastLosses(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count is " + count + "; it must be at least 0");
    }
    double[] all = state.readHistory(steps() - count + 1, count);
    return IntStream.range(0, networks.get(0).groups())
        .mapToObj(g -> Arrays.copyOfRange(all, g * count, (g + 1) * count))
        .toList();
  }
}
