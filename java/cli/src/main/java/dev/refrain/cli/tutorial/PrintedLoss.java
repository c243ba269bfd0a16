package dev.refrain.cli.tutorial;

/**
 * A loss of one training step, as tutorials print it.
 *
 * @param iteration from 0
 * @param value after the update, on the batch just trained on
 */
record PrintedLoss(int iteration, float value) {

  /** Hears of losses as they come. */
  @FunctionalInterface
  interface Printer {
    void print(PrintedLoss loss);
  }
}
