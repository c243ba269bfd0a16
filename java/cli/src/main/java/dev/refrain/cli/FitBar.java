package dev.refrain.cli;

import dev.refrain.network.TrainingProgress;
import dev.refrain.series.FitListener;
import dev.refrain.series.FitProgress;
import java.util.List;

/** Shows how a forecaster gets on: a {@link TrainingBar} for each of its stages. */
final class FitBar implements FitListener, AutoCloseable {
  private final boolean wanted;
  private FitProgress.Stage stage;
  private TrainingBar bar;

  /**
   * Writes to stderr.
   *
   * @param wanted whether anything is to be shown at all
   */
  FitBar(boolean wanted) {
    this.wanted = wanted;
  }

  @Override
  public void onProgress(FitProgress progress) {
    if (progress.stage() != stage) {
      close();
      stage = progress.stage();
      String label = stage == FitProgress.Stage.VALIDATION ? "validation" : "training";
      bar = new TrainingBar(label, progress.steps(), wanted);
    }
    double[] loss = {progress.loss()};
    bar.onProgress(new TrainingProgress(progress.step(), List.of(loss), progress.stepsPerSecond()));
  }

  /** Mean of the last stage; 0 before the first. */
  double stepsPerSecond() {
    return bar == null ? 0 : bar.stepsPerSecond();
  }

  /** Ends the line of the stage. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
