package dev.refrain.cli;

import dev.refrain.cli.csv.Decimal;
import dev.refrain.cli.csv.Missing;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterLayout;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a training is: options that a checkpoint keeps and that a resumed run cannot change. */
final class TrainOptions extends NetworkOptions {
  private static final int USUAL_VALIDATION_ROWS = 12;
  private static final int USUAL_LOOK_EVERY = 100;

  /** What a unit keeps for the way back, about. */
  private static final int ACTIVATIONS_A_UNIT = 10;

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
      names = "--patience",
      paramLabel = "LOOKS",
      converter = OptionTypes.Count.class,
      description =
          "End training once so many looks at the last rows, which are not learnt, have shown nothing"
              + " better; the model is the network that did best. Default: train to the end, on all"
              + " rows.")
  private Integer patience;

  @Option(
      names = "--validation-rows",
      paramLabel = "ROWS",
      converter = OptionTypes.Count.class,
      description = "With --patience: how many rows these are. Default: 12.")
  private Integer validationRows;

  @Option(
      names = "--look-every",
      paramLabel = "STEPS",
      converter = OptionTypes.Count.class,
      description =
          "With --patience: steps from one look to the next; what is trained after the last look is"
              + " not in the model. Default: 100.")
  private Integer lookEvery;

  @Mixin private MissingOption gaps = new MissingOption();

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

  /**
   * Makes sure that the options go together.
   *
   * @throws BadInputException if one would do nothing
   */
  void check() {
    if (patience == null && (validationRows != null || lookEvery != null)) {
      throw new BadInputException(
          (validationRows != null ? "--validation-rows" : "--look-every")
              + " goes with --patience; add that, or leave it out");
    }
    schedule(1);
  }

  Decimal decimal() {
    return gaps.decimal;
  }

  Missing missing() {
    return gaps.missing;
  }

  boolean endsEarly() {
    return patience != null;
  }

  int patience() {
    return patience;
  }

  /** Last rows that are not learnt; 0 where training goes on to its end. */
  int validationRows() {
    return !endsEarly() ? 0 : validationRows == null ? USUAL_VALIDATION_ROWS : validationRows;
  }

  int lookEvery() {
    return lookEvery == null ? USUAL_LOOK_EVERY : lookEvery;
  }

  NetworkSpec network() {
    NetworkSpec.Builder spec = NetworkSpec.builder(1);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell.cell(activation), units);
    }
    return spec.projection(1).build();
  }

  /**
   * Bytes of memory that training takes, about.
   *
   * @throws BadInputException if the network has more parameters than fit an array
   */
  double bytes() {
    long parameters;
    try {
      parameters = ParameterLayout.of(network()).size();
    } catch (ArithmeticException e) {
      parameters = Long.MAX_VALUE;
    }
    if (parameters > Integer.MAX_VALUE) {
      throw new BadInputException(
          "--units %d and --layers %d make a network of more than %d parameters; lower them"
              .formatted(units, layers, Integer.MAX_VALUE));
    }
    double activations = (double) ACTIVATIONS_A_UNIT * layers * units * window * batch;
    return Float.BYTES * (activations + (2.0 + optimizer.slots()) * parameters);
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
