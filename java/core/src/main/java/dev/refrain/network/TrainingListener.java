package dev.refrain.network;

/** Hears how training goes. */
@FunctionalInterface
public interface TrainingListener {

  /** Called after every report interval; what it throws ends the training. */
  void onProgress(TrainingProgress progress);
}
