package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.NetworkSpec;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What a training is: options that a checkpoint keeps and that a resumed run cannot change. */
final class TrainOptions {
  @Option(
      names = "--column",
      paramLabel = "NAME",
      description = "Column to learn. Default: the only column of numbers.")
  private String column;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      converter = Kind.Name.class,
      description = "rnn, lstm or gru. Default: lstm.")
  private Kind cell;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "tanh",
      converter = OptionTypes.ActivationName.class,
      description = "tanh, relu, sigmoid, identity, softsign or elu. Default: tanh.")
  private Activation activation;

  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      defaultValue = "1",
      converter = OptionTypes.Count.class,
      description = "Recurrent layers upon each other. Default: 1.")
  private int layers;

  @Option(
      names = "--units",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Units of each layer. Default: 32.")
  private int units;

  @Option(
      names = "--window",
      paramLabel = "ROWS",
      defaultValue = "24",
      converter = OptionTypes.Count.class,
      description = "Rows of a training window. Default: 24.")
  private int window;

  @Option(
      names = "--ahead",
      paramLabel = "ROWS",
      defaultValue = "1",
      converter = OptionTypes.Count.class,
      description = "How far ahead the targets lie. Default: 1.")
  private int ahead;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Windows of a training step. Default: 32.")
  private int batch;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      defaultValue = "mse",
      converter = OptionTypes.LossName.class,
      description = "mse, rmse, mae or huber. Default: mse.")
  private Loss loss;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      converter = OptionTypes.OptimizerName.class,
      description = "adam, sgd, momentum, nesterov, rmsprop or adagrad. Default: adam.")
  private Optimizer optimizer;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.001",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.001.")
  private double learningRate;

  @Option(
      names = "--clip-norm",
      paramLabel = "NORM",
      converter = OptionTypes.PositiveNumber.class,
      description = "Largest norm of the gradient. Default: not clipped.")
  private Double clipNorm;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "0",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights and windows. Default: 0.")
  private long seed;

  private enum Kind {
    RNN,
    LSTM,
    GRU;

    Cell cell(Activation activation) {
      return switch (this) {
        case RNN -> new RnnCell(activation);
        case LSTM -> new LstmCell(activation);
        case GRU -> new GruCell(activation, GruForm.RESET_BEFORE);
      };
    }

    static final class Name implements ITypeConverter<Kind> {
      @Override
      public Kind convert(String word) {
        return OptionTypes.named(word, Kind.values());
      }
    }
  }

  NetworkSpec network() {
    NetworkSpec.Builder spec = NetworkSpec.builder(1);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell.cell(activation), units);
    }
    return spec.projection(1).build();
  }

  List<String> columns() {
    return column == null ? List.of() : List.of(column);
  }

  int window() {
    return window;
  }

  int ahead() {
    return ahead;
  }

  int batch() {
    return batch;
  }

  Loss loss() {
    return loss;
  }

  Optimizer optimizer() {
    return optimizer;
  }

  double learningRate() {
    return learningRate;
  }

  /** 0 for none. */
  double clipNorm() {
    return clipNorm == null ? 0 : clipNorm;
  }

  long seed() {
    return seed;
  }
}
