package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.DeviceOption;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.network.NonFiniteLossException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code refrain tutorial lab6}. */
@Command(
    name = "lab6",
    header = "A hundred relu neurons learn to continue t sin(t)/3 + 2 sin(5t).",
    description = {
      "",
      "Trains on batches of 50 random sequences of 20 steps and prints the loss of every 100th"
          + " iteration, after its update; then predicts the sequence from t = 12.2 on, and"
          + " generates 300 values from zeros. All random numbers are those of the lab, so that"
          + " with the default options the losses are those it printed."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial lab6",
      "  refrain tutorial lab6 --loss rmse",
      "  refrain tutorial lab6 --optimizer adam --json"
    })
final class Lab6Command implements Runnable {
  private static final int NUMBERS_A_ROW = 6;

  @Spec private CommandSpec spec;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "gdo",
      converter = DescentName.class,
      description = "gdo (gradient descent) or adam. Default: gdo.")
  private Lab6.Descent optimizer;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      defaultValue = "mse",
      converter = LossName.class,
      description = "mse or rmse. Default: mse.")
  private LabLoss loss;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "relu",
      converter = OptionTypes.ActivationName.class,
      description = "tanh, relu, sigmoid, identity, softsign or elu. Default: relu.")
  private Activation activation;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Neurons of the recurrent layer. Default: 100.")
  private int neurons;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.001",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.001.")
  private double learningRate;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "1500",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 1500.")
  private int iterations;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  /** The losses of the lab. */
  private enum LabLoss {
    MSE(Loss.MSE),
    RMSE(Loss.RMSE);

    private final Loss loss;

    LabLoss(Loss loss) {
      this.loss = loss;
    }
  }

  static final class DescentName implements ITypeConverter<Lab6.Descent> {
    @Override
    public Lab6.Descent convert(String word) {
      return OptionTypes.named(word, Lab6.Descent.values());
    }
  }

  static final class LossName implements ITypeConverter<LabLoss> {
    @Override
    public LabLoss convert(String word) {
      return OptionTypes.named(word, LabLoss.values());
    }
  }

  @Override
  public void run() {
    if (iterations > Lab6.MOST_ITERATIONS) {
      throw new BadInputException(
          "--iterations is %d; give at most %d".formatted(iterations, Lab6.MOST_ITERATIONS));
    }
    Lab6 lab = new Lab6(optimizer, loss.loss, activation, neurons, learningRate, iterations);
    PrintWriter out = spec.commandLine().getOut();
    try (Kernels kernels = device.open()) {
      if (json) {
        out.println(Json.line(toJson(lab.run(kernels, printed -> {}))));
      } else {
        out.printf("Computed on %s.%n%n", kernels.description());
        print(lab.run(kernels, printed -> print(printed, out)), out);
      }
    } catch (NonFiniteLossException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    out.flush();
  }

  private static Map<String, Object> toJson(Lab6.Outcome outcome) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(
        "losses",
        outcome.losses().stream()
            .map(printed -> List.of(printed.iteration(), printed.value()))
            .toList());
    object.put("prediction", outcome.prediction());
    object.put("generated", outcome.generated());
    return object;
  }

  private void print(PrintedLoss printed, PrintWriter out) {
    out.println(printed.iteration() + "\t" + loss.name() + ": " + printed.value());
    out.flush();
  }

  private static void print(Lab6.Outcome outcome, PrintWriter out) {
    out.printf("%nPrediction of the %d steps that follow t = 12.2:%n", outcome.prediction().size());
    printRows(outcome.prediction(), out);
    out.printf("%nThe %d values generated from zeros:%n", outcome.generated().size());
    printRows(outcome.generated(), out);
  }

  private static void printRows(List<Float> values, PrintWriter out) {
    for (int first = 0; first < values.size(); first += NUMBERS_A_ROW) {
      for (float value : values.subList(first, Math.min(first + NUMBERS_A_ROW, values.size()))) {
        out.printf("%13.8f", value);
      }
      out.println();
    }
  }
}
