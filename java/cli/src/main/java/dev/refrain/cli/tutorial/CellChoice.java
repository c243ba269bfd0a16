package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import picocli.CommandLine.Option;

/** One cell, or all of them to compare. */
final class CellChoice {
  @Option(
      names = "--cell",
      paramLabel = "NAME",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: rnn for a sine wave, lstm-relu for milk.")
  private TutorialCell cell;

  @Option(
      names = "--compare",
      description = "Train all these cells, from the same seed, and draw them into one picture.")
  private boolean compare;

  /** Refuses a cell beside all of them. */
  void check() {
    if (compare && cell != null) {
      throw new BadInputException("--compare trains all cells; leave out --cell or --compare");
    }
  }

  /** Whether to train all. */
  boolean compare() {
    return compare;
  }

  /** The chosen cell, or else the tutorial's own. */
  TutorialCell or(TutorialCell usual) {
    return cell == null ? usual : cell;
  }
}
