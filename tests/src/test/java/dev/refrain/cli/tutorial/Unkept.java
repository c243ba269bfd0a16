package dev.refrain.cli.tutorial;

/** Trainings without checkpoints. */
final class Unkept {
  private static final int LONGEST_PIECE = 100;

  private Unkept() {}

  /** Takes all steps at once. */
  static PrintedLoss.Training training(int iterations, PrintedLoss.Printer printer) {
    return (trainer, loss) -> {
      PrintedTraining training = new PrintedTraining(trainer, loss, printer);
      try {
        training.run(iterations, LONGEST_PIECE, steps -> {});
      } catch (InterruptedException e) {
        throw new AssertionError("nobody interrupts", e);
      }
      return training.losses();
    };
  }
}
