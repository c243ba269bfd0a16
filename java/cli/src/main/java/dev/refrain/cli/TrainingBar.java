package dev.refrain.cli;

import dev.refrain.network.TrainingListener;
import dev.refrain.network.TrainingProgress;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on stderr how far training is, its loss and its speed, and the time that is left. */
final class TrainingBar implements TrainingListener, AutoCloseable {
  /** Columns, where the terminal does not tell its own. */
  private static final int WIDTH = 100;

  private static final int REFRESH_MILLIS = 200;

  private final ProgressBar bar;
  private double seconds;
  private long steps;

  /**
   * Begins.
   *
   * @param most training steps there will be
   * @param visible whether anything is shown
   */
  TrainingBar(long most, boolean visible) {
    bar = visible ? bar(most) : null;
  }

  private static ProgressBar bar(long most) {
    return new ProgressBarBuilder()
        .setTaskName("Training")
        .setInitialMax(most)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REFRESH_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
        .build();
  }

  @Override
  public void onProgress(TrainingProgress progress) {
    seconds += (progress.step() - steps) / progress.stepsPerSecond();
    steps = progress.step();
    if (bar != null) {
      bar.stepTo(steps);
      bar.setExtraMessage(
          String.format(Locale.ROOT, "loss %.5f, %.0f steps/s", progress.loss(), stepsPerSecond()));
    }
  }

  /** Mean over all steps so far; 0 before the first. */
  double stepsPerSecond() {
    return steps == 0 ? 0 : steps / seconds;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
