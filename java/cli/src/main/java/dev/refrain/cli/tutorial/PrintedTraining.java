package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains as the tutorials do: every 100th iteration, the first included, the loss is evaluated in a
 * run of its own after the update, on the batch of that iteration, and printed.
 */
final class PrintedTraining {
  private static final int PRINT_INTERVAL = 100;

  private final Trainer trainer;
  private final Loss loss;

  /**
   * Prepares to train.
   *
   * @param trainer of one network, which has taken no steps
   * @param loss that it minimises
   */
  PrintedTraining(Trainer trainer, Loss loss) {
    this.trainer = trainer;
    this.loss = loss;
  }

  /**
   * Takes {@code iterations} steps.
   *
   * @return what was printed
   * @throws dev.refrain.network.NonFiniteLossException if a loss is not finite
   * @throws InterruptedTutorial if the thread was interrupted
   */
  List<PrintedLoss> run(int iterations, PrintedLoss.Printer printer) {
    List<PrintedLoss> losses = new ArrayList<>();
    try (StepState evaluation = trainer.network().kernels().allocateState(1, 1)) {
      for (int iteration = 0; iteration < iterations; iteration += PRINT_INTERVAL) {
        InterruptedTutorial.check();
        trainer.run(1);
        trainer.check();
        PrintedLoss printed = new PrintedLoss(iteration, lossAfterUpdate(evaluation));
        losses.add(printed);
        printer.print(printed);
        trainer.run(Math.min(PRINT_INTERVAL, iterations - iteration) - 1);
      }
      trainer.check();
    }
    return losses;
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
