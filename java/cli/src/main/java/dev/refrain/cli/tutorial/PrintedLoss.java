package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Loss;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/**
 * A loss of one training step, as tutorials print it.
 *
 * @param iteration from 0
 * @param value after the update, on the batch just trained on
 */
record PrintedLoss(int iteration, float value) {
  private static final float LEAST_PLAIN = 1e-6f;

  /** The value with all its digits, and without an exponent unless it is tiny. */
  String digits() {
    return value >= LEAST_PLAIN && Float.isFinite(value)
        ? new BigDecimal(Float.toString(value)).toPlainString()
        : Float.toString(value);
  }

  /** Hears of losses as they come. */
  @FunctionalInterface
  interface Printer {
    void print(PrintedLoss loss);
  }

  /** Takes all steps of a training and prints its losses. */
  @FunctionalInterface
  interface Training {
    /**
     * Trains.
     *
     * @param trainer that has taken no steps
     * @param loss that it minimises
     * @return what was printed
     */
    List<PrintedLoss> run(Trainer trainer, Loss loss) throws IOException;
  }
}
