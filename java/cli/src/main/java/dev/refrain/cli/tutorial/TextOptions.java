package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.NetworkSpec;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What the training of a language model is: options that its checkpoint keeps. */
final class TextOptions {
  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      converter = Kind.Name.class,
      description = "lstm or gru. Default: lstm.")
  private Kind cell;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "128",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 128.")
  private int neurons;

  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      defaultValue = "1",
      converter = OptionTypes.Layers.class,
      description = "Recurrent layers upon each other, at most 100. Default: 1.")
  private int layers;

  @Option(
      names = "--window",
      paramLabel = "CHARACTERS",
      defaultValue = "64",
      converter = OptionTypes.Count.class,
      description = "Length of a training window. Default: 64.")
  private int window;

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
      defaultValue = "0.003",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.003.")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights, windows and draws. Default: 101.")
  private long seed;

  private enum Kind {
    LSTM(new LstmCell(Activation.TANH)),
    GRU(new GruCell(Activation.TANH, GruForm.RESET_BEFORE));

    private final Cell cell;

    Kind(Cell cell) {
      this.cell = cell;
    }

    static final class Name implements ITypeConverter<Kind> {
      @Override
      public Kind convert(String word) {
        return OptionTypes.named(word, Kind.values());
      }
    }
  }

  /** A network that reads and predicts so many characters. */
  NetworkSpec network(int characters) {
    NetworkSpec.Builder spec = NetworkSpec.builder(characters);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell.cell, neurons);
    }
    return spec.projection(characters).build();
  }

  void configure(RunRecord record) {
    record
        .configured("cell", cell.name().toLowerCase(Locale.ROOT))
        .configured("neurons", neurons)
        .configured("layers", layers)
        .configured("window", window)
        .configured("batch", batch)
        .configured("learning-rate", learningRate)
        .configured("seed", seed);
  }

  int window() {
    return window;
  }

  int batch() {
    return batch;
  }

  double learningRate() {
    return learningRate;
  }

  long seed() {
    return seed;
  }
}
