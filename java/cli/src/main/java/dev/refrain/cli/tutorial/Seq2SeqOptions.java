package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.series.Transformation;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** What the training of encoders and decoders is: options that its checkpoint keeps. */
final class Seq2SeqOptions {
  @Option(
      names = "--column",
      paramLabel = "NAME",
      description = "Column to forecast. Default: the only column of numbers.")
  private String column;

  @Option(
      names = "--horizon",
      paramLabel = "ROWS",
      defaultValue = "12",
      converter = OptionTypes.Count.class,
      description = "Last rows that are held out and forecast. Default: 12.")
  private int horizon;

  @Option(
      names = "--window",
      paramLabel = "ROWS",
      defaultValue = "24",
      converter = OptionTypes.Count.class,
      description = "What the encoder reads. Default: 24.")
  private int window;

  @Option(
      names = "--season",
      paramLabel = "ROWS",
      converter = OptionTypes.Count.class,
      description = "Length of a season, 1 for none. Default: what the dates or values suggest.")
  private Integer season;

  @Option(
      names = "--transform",
      paramLabel = "NAME",
      converter = OptionTypes.TransformationName.class,
      description =
          "What is done to the values before they are scaled, as of 'refrain forecast'. Default:"
              + " differences where these vary less than the values, of logarithms where these grow.")
  private Transformation transformation;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "gru",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: gru.")
  private TutorialCell cell;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 32.")
  private int neurons;

  @Option(
      names = "--members",
      paramLabel = "COUNT",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "Pairs of networks, whose median is the forecast. Default: 5.")
  private int members;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Windows of a training step. Default: 32.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.005",
      converter = OptionTypes.PositiveNumber.class,
      description = "Of the first step; it falls to zero along half a cosine. Default: 0.005.")
  private double learningRate;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "1000",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 1000.")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights and windows. Default: 1.")
  private long seed;

  /** The columns to read; none for the only one of numbers. */
  List<String> columns() {
    return column == null ? List.of() : List.of(column);
  }

  int horizon() {
    return horizon;
  }

  int window() {
    return window;
  }

  OptionalInt season() {
    return season == null ? OptionalInt.empty() : OptionalInt.of(season);
  }

  /** Null where it is to be chosen. */
  Transformation transformation() {
    return transformation;
  }

  int members() {
    return members;
  }

  int iterations() {
    return iterations;
  }

  double learningRate() {
    return learningRate;
  }

  long seed() {
    return seed;
  }

  /** The training, of values that are transformed so. */
  Seq2Seq seq2seq(Transformation chosen) {
    return new Seq2Seq(
        cell, neurons, window, horizon, members, batch, learningRate, iterations, seed, chosen);
  }

  void configure(RunRecord record) {
    record
        .configured("horizon", horizon)
        .configured("window", window)
        .configured("cell", cell.toString())
        .configured("neurons", neurons)
        .configured("members", members)
        .configured("batch", batch)
        .configured("learning-rate", learningRate)
        .configured("iterations", iterations)
        .configured("seed", seed);
  }
}
