package dev.refrain.network;

/**
 * A batch that the caller writes: into {@link Trainer#input} and {@link Trainer#target} (or {@link
 * Trainer#labels}), once for all steps or anew between them.
 *
 * @param steps T
 * @param batch N
 * @param lengths whether each sequence has a length of its own, in {@link Trainer#lengths}
 */
public record CallerBatch(int steps, int batch, boolean lengths) implements TrainingData {

  public CallerBatch {
    if (steps < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "steps is " + steps + " and batch " + batch + "; both must be at least 1");
    }
  }

  /** Sequences of full length. */
  public CallerBatch(int steps, int batch) {
    this(steps, batch, false);
  }
}
