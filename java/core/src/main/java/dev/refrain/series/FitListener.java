package dev.refrain.series;

/** Hears how a {@link Forecaster} gets on. */
@FunctionalInterface
public interface FitListener {

  /** Called about ten times a second; what it throws ends the training. */
  void onProgress(FitProgress progress);
}
