package dev.refrain.series;

import dev.refrain.series.FitProgress.Stage;

/** Counts the steps of one stage over all its launches. */
final class StageProgress {
  private final FitListener listener;
  private final Stage stage;
  private long steps;
  private long before;

  /** Whether the launch that goes on has taken a step. */
  private boolean begun;

  StageProgress(FitListener listener, Stage stage, long steps) {
    this.listener = listener;
    this.stage = stage;
    this.steps = steps;
  }

  GroupTraining.StepListener of(int networks) {
    return (step, loss, rate) -> {
      begun = true;
      listener.onProgress(new FitProgress(stage, before + step, steps, loss, rate, networks));
    };
  }

  boolean begun() {
    return begun;
  }

  /** There is a launch more than was thought. */
  void more(int launch) {
    steps += launch;
  }

  void launched(int more) {
    before += more;
    begun = false;
  }
}
