package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.KeptOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tutorial whose trainings print their losses: one, or several that are compared. They are kept
 * until all is written that comes of them.
 *
 * @param <T> options that a checkpoint keeps
 */
abstract class PrintedTutorial<T> extends PicturedTutorial {
  private final String name;
  private final Supplier<T> fresh;
  private final int usualIterations;
  private final int mostIterations;
  private KeptTrainings<T> trainings;
  private T training;
  private int iterations;

  /**
   * Several trainings instead of one.
   *
   * @param asked the option that asks for them
   * @param option in which they differ
   * @param words that it takes, each the name of its training
   */
  record Comparison(String asked, String option, List<String> words) {}

  /**
   * Says what the tutorial is.
   *
   * @param fresh makes options
   * @param usualIterations where none are given
   * @param mostIterations that sequences can be computed ahead for
   */
  PrintedTutorial(String name, Supplier<T> fresh, int usualIterations, int mostIterations) {
    this.name = name;
    this.fresh = fresh;
    this.usualIterations = usualIterations;
    this.mostIterations = mostIterations;
  }

  /**
   * Settles what is trained, how long, and from where on.
   *
   * @param given the options as they are given
   * @param givenIterations or null
   * @param comparison null where one training is asked for
   */
  final void settle(T given, Integer givenIterations, Comparison comparison) {
    trainings =
        new KeptTrainings<>(
            name, file -> new KeptOptions<>(given, fresh, parsed(), file), path(), keeping());
    training = comparison == null ? trainings.settle() : trainings.settle(parsed(), comparison);
    iterations = trainings.settleIterations(givenIterations, usualIterations);
    if (iterations > mostIterations) {
      throw new BadInputException(
          "--iterations is %d; give at most %d".formatted(iterations, mostIterations));
    }
  }

  final KeptTrainings<T> trainings() {
    return trainings;
  }

  /** The given options, or those of the checkpoint that is resumed. */
  final T training() {
    return training;
  }

  /** Training steps in all. */
  final int iterations() {
    return iterations;
  }

  @Override
  final String afterInterrupt() {
    return trainings.afterInterrupt();
  }

  @Override
  final String afterRunningAway() {
    return trainings.lastGood();
  }

  @Override
  final void written() throws IOException {
    trainings.delete();
  }
}
