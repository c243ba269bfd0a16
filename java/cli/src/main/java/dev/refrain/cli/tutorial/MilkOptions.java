package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import picocli.CommandLine.Option;

/** What the exercise's training is: options that its checkpoint keeps. */
final class MilkOptions {
  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm-relu",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: lstm-relu.")
  private TutorialCell cell;

  @Option(
      names = "--ahead",
      paramLabel = "MONTHS",
      defaultValue = "1",
      converter = OptionTypes.Count.class,
      description = "How far ahead the network learns to predict. Default: 1.")
  private int ahead;

  @Option(
      names = "--window",
      paramLabel = "MONTHS",
      defaultValue = "12",
      converter = OptionTypes.Count.class,
      description = "What the network reads. Default: 12.")
  private int window;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 100.")
  private int neurons;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "1",
      converter = OptionTypes.Count.class,
      description = "Windows of a training step. Default: 1.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.003",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.003.")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights and windows. Default: 101.")
  private long seed;

  /** The cell, where only one is trained. */
  TutorialCell cell() {
    return cell;
  }

  int ahead() {
    return ahead;
  }

  int window() {
    return window;
  }

  /** The training of a cell. */
  Milk milk(TutorialCell which, int iterations) {
    return new Milk(which, neurons, window, ahead, batch, learningRate, iterations, seed);
  }

  void configure(RunRecord record) {
    record
        .configured("neurons", neurons)
        .configured("window", window)
        .configured("ahead", ahead)
        .configured("batch", batch)
        .configured("learning-rate", learningRate)
        .configured("seed", seed);
  }
}
