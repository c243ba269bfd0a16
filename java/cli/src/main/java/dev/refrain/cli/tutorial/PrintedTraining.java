package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Trains as the tutorials do: every 100th iteration, the first included, the loss is evaluated in a
 * run of its own after the update, on the batch of that iteration, and printed.
 */
final class PrintedTraining {
  private static final int PRINT_INTERVAL = 100;

  private final Trainer trainer;
  private final Loss loss;
  private final PrintedLoss.Printer printer;
  private final List<PrintedLoss> losses = new ArrayList<>();

  /**
   * Prepares to train.
   *
   * @param trainer of one network
   * @param loss that it minimises
   * @param printer is given each loss once it is known
   */
  PrintedTraining(Trainer trainer, Loss loss, PrintedLoss.Printer printer) {
    this.trainer = trainer;
    this.loss = loss;
    this.printer = printer;
  }

  /** What trains. */
  Trainer trainer() {
    return trainer;
  }

  /** All losses so far, also those of before the training was stopped and gone on with. */
  List<PrintedLoss> losses() {
    return Collections.unmodifiableList(losses);
  }

  /**
   * Takes up the losses of a training that was stopped; its trainer stands where it did then.
   *
   * @throws IllegalArgumentException if they are not as many as that many steps print
   */
  void goOn(List<PrintedLoss> earlier) {
    long steps = trainer.steps();
    long expected = (steps + PRINT_INTERVAL - 1) / PRINT_INTERVAL;
    if (earlier.size() != expected) {
      throw new IllegalArgumentException(
          "%d printed losses are no %d, which %d iterations have"
              .formatted(earlier.size(), expected, steps));
    }
    losses.addAll(earlier);
  }

  /** Comes between steps, with all losses up to there printed. */
  @FunctionalInterface
  interface Pause {
    /**
     * Ends the training or lets it go on.
     *
     * @param steps taken so far
     */
    void after(long steps) throws InterruptedException, IOException;
  }

  /**
   * Trains until {@code iterations} steps have been taken in all.
   *
   * @param longest steps from one pause to the next, at least 1
   * @throws dev.refrain.network.NonFiniteLossException if a loss is not finite
   */
  void run(int iterations, int longest, Pause pause) throws InterruptedException, IOException {
    try (StepState evaluation = trainer.network().kernels().allocateState(1, 1)) {
      for (long steps = trainer.steps(); steps < iterations; ) {
        pause.after(steps);
        long since = steps % PRINT_INTERVAL;
        if (since == 0) {
          trainer.run(1);
          trainer.check();
          print(new PrintedLoss((int) steps, lossAfterUpdate(evaluation)));
          steps++;
        } else {
          long piece = Math.min(longest, Math.min(PRINT_INTERVAL - since, iterations - steps));
          trainer.run(piece);
          steps += piece;
        }
      }
      trainer.check();
    }
  }

  private void print(PrintedLoss printed) {
    losses.add(printed);
    printer.print(printed);
  }

  private float lossAfterUpdate(StepState evaluation) {
    UnrolledNetwork unrolled = trainer.unrolled();
    unrolled.forward();
    int outputs = trainer.network().spec().outputs();
    long rows = (long) unrolled.steps() * unrolled.batch();
    trainer
        .network()
        .kernels()
        .loss(
            loss,
            new LossShape(1, unrolled.steps(), unrolled.batch(), outputs),
            LossArguments.of(unrolled.outputView(), View.of(trainer.target(), rows, outputs), null),
            evaluation);
    return (float) evaluation.read(0).loss();
  }
}
