package dev.refrain.cli;

import dev.refrain.network.TrainingProgress;
import dev.refrain.series.FitListener;
import dev.refrain.series.FitProgress;
import java.util.ArrayList;
import java.util.List;

/** Shows how a forecaster gets on: a {@link TrainingBar} for each of its stages. */
final class FitBar implements FitListener, AutoCloseable {
  private static final int MOST_LOSSES = 1_000;

  private final boolean wanted;
  private List<Loss> losses = new ArrayList<>();
  private FitProgress.Stage stage;
  private TrainingBar bar;
  private boolean ended;

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
      ended = false;
    }
    if (stage == FitProgress.Stage.TRAINING) {
      losses.add(new Loss(progress.step(), progress.loss()));
      if (losses.size() > MOST_LOSSES) {
        // Every second one is enough to draw.
        List<Loss> thinned = new ArrayList<>();
        for (int i = 0; i < losses.size(); i += 2) {
          thinned.add(losses.get(i));
        }
        losses = thinned;
      }
    }
    double[] loss = {progress.loss()};
    bar.onProgress(new TrainingProgress(progress.step(), List.of(loss), progress.stepsPerSecond()));
  }

  /** A loss of a training step, averaged over the networks. */
  record Loss(long step, double value) {}

  /** Losses of the training, about ten a second and at most 1,000. */
  List<Loss> losses() {
    return List.copyOf(losses);
  }

  /** Mean of the last stage; 0 before the first. */
  double stepsPerSecond() {
    return bar == null ? 0 : bar.stepsPerSecond();
  }

  /** Ends the line of the stage. */
  @Override
  public void close() {
    if (bar != null && !ended) {
      bar.close();
      ended = true;
    }
  }
}
