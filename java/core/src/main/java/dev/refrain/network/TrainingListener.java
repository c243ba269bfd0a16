package dev.refrain.network;

import java.util.Objects;

/** Hears how training goes. */
@FunctionalInterface
public interface TrainingListener {

  /** Called after every report interval; what it throws ends the training. */
  void onProgress(TrainingProgress progress);

  /** Tells another one, too, after this. */
  default TrainingListener andThen(TrainingListener after) {
    Objects.requireNonNull(after, "after");
    return progress -> {
      onProgress(progress);
      after.onProgress(progress);
    };
  }
}
