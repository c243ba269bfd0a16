package dev.refrain.cli.tutorial;

import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a running tutorial works with.
 *
 * @param kernels where it computes
 * @param folder that its files go into
 * @param record of what it was and what came of it
 * @param out for people; null where JSON is wanted
 */
record TutorialSession(Kernels kernels, OutputFolder folder, RunRecord record, PrintWriter out) {

  /** Prints for people. */
  void say(String format, Object... values) {
    if (out != null) {
      out.printf(Locale.ROOT, format, values);
      out.flush();
    }
  }

  /** Prints the losses of a training as they come. */
  PrintedLoss.Printer losses(String lossName) {
    return loss -> say("%s\t%s: %s%n", loss.iteration(), lossName, loss.digits());
  }

  /** A training. */
  @FunctionalInterface
  interface Training<T> {
    T run() throws IOException;
  }

  /**
   * Runs one of several trainings that are compared. One whose loss grows beyond all numbers is
   * reported and left out, so that the others go on.
   *
   * @return what came of it; empty where it is left out
   */
  <T> Optional<T> attempt(String name, Training<T> training) throws IOException {
    say("%s%n", name);
    try {
      return Optional.of(training.run());
    } catch (NonFiniteLossException e) {
      say("%s is left out: %s%n", name, e.getMessage());
      return Optional.empty();
    } finally {
      say("%n");
    }
  }

  /**
   * Those of several trainings that came to an end.
   *
   * @throws CommandFailedException if none did
   */
  static <T> Map<String, T> requireSome(Map<String, T> outcomes) {
    if (outcomes.isEmpty()) {
      throw new CommandFailedException(
          "no training came to an end with a finite loss; lower --learning-rate");
    }
    return outcomes;
  }
}
