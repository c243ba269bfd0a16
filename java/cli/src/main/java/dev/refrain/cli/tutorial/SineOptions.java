package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import picocli.CommandLine.Option;

/** What the training on a sine wave is: options that its checkpoint keeps. */
final class SineOptions {
  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "rnn",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: rnn.")
  private TutorialCell cell;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 100.")
  private int neurons;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.0001",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.0001.")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.CountOrZero.class,
      description = "Of initial weights and sequences. Default: 101.")
  private int seed;

  /** The cell, where only one is trained. */
  TutorialCell cell() {
    return cell;
  }

  /** The training of a cell. */
  Sine sine(TutorialCell which, int iterations) {
    return new Sine(which, neurons, learningRate, iterations, seed);
  }

  void configure(RunRecord record) {
    record
        .configured("neurons", neurons)
        .configured("learning-rate", learningRate)
        .configured("seed", seed);
  }
}
