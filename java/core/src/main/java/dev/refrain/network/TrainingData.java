package dev.refrain.network;

/** Where a {@link Trainer} takes the batch of each step from. */
public sealed interface TrainingData permits SeriesWindows, CallerBatch {

  /** T, steps of each sequence. */
  int steps();

  /** N, sequences of each group in one batch. */
  int batch();
}
