package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

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
      "  refrain tutorial lab6 --optimizer adam --json",
      "  refrain tutorial lab6 --compare-losses",
      "  refrain tutorial lab6 --compare-activations --out activations"
    })
final class Lab6Command extends PicturedTutorial {
  private static final int NUMBERS_A_ROW = 6;

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

  @Option(
      names = "--compare-losses",
      description = "Train on mse and on rmse, and draw both side by side.")
  private boolean compareLosses;

  @Option(
      names = "--compare-activations",
      description = "Train with each activation (the lab's exercise 3.3), into one picture.")
  private boolean compareActivations;

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
  void check() {
    checkIterations(iterations, Lab6.MOST_ITERATIONS);
    if (compareLosses && compareActivations) {
      throw new BadInputException("--compare-losses and --compare-activations: choose one of them");
    }
  }

  @Override
  void configure(RunRecord record) {
    record
        .configured("optimizer", optimizer.name().toLowerCase(Locale.ROOT))
        .configured("loss", compareLosses ? "all" : lowerCase(loss))
        .configured("activation", compareActivations ? "all" : lowerCase(activation))
        .configured("neurons", neurons)
        .configured("learning rate", learningRate)
        .configured("iterations", iterations);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    session.folder().write("series", Lab6Charts.data());
    if (compareLosses) {
      return compareLosses(session);
    }
    if (compareActivations) {
      return compareActivations(session);
    }
    Lab6.Outcome outcome =
        train(session, lowerCase(loss), loss, activation, network -> save(session, network));
    print(session, outcome);
    Map<String, Lab6.Outcome> single = Map.of(loss.name(), outcome);
    session.folder().write("losses", new Figure(Lab6Charts.losses(loss.name(), single)));
    session.folder().write("prediction", Lab6Charts.prediction(single));
    session.folder().write("generated", Lab6Charts.generated(single));
    return toJson(outcome);
  }

  private Map<String, Object> compareLosses(TutorialSession session) throws IOException {
    Map<String, Lab6.Outcome> outcomes = new LinkedHashMap<>();
    for (LabLoss each : LabLoss.values()) {
      session
          .attempt(
              lowerCase(each),
              () -> train(session, lowerCase(each), each, activation, network -> {}))
          .ifPresent(outcome -> outcomes.put(each.name(), outcome));
    }
    TutorialSession.requireSome(outcomes);
    session.folder().write("prediction", Lab6Charts.prediction(outcomes));
    session.folder().write("generated", Lab6Charts.generated(outcomes));
    return compared("trainings", outcomes);
  }

  private Map<String, Object> compareActivations(TutorialSession session) throws IOException {
    Map<String, Lab6.Outcome> outcomes = new LinkedHashMap<>();
    for (Activation each : Activation.values()) {
      session
          .attempt(
              lowerCase(each), () -> train(session, lowerCase(each), loss, each, network -> {}))
          .ifPresent(outcome -> outcomes.put(lowerCase(each), outcome));
    }
    TutorialSession.requireSome(outcomes);
    session.folder().write("comparison", Lab6Charts.comparison(loss.name(), outcomes));
    return compared("activations", outcomes);
  }

  private static Map<String, Object> compared(String key, Map<String, Lab6.Outcome> outcomes) {
    Map<String, Object> trainings = new LinkedHashMap<>();
    outcomes.forEach((name, outcome) -> trainings.put(name, toJson(outcome)));
    Map<String, Object> report = new LinkedHashMap<>();
    report.put(key, trainings);
    return report;
  }

  private static void save(TutorialSession session, Network network) {
    session
        .folder()
        .write(
            "model.safetensors",
            file -> Checkpoint.save(file, network, Map.of("tutorial", "lab6")));
  }

  private Lab6.Outcome train(
      TutorialSession session,
      String training,
      LabLoss which,
      Activation function,
      Consumer<Network> keeper) {
    Lab6 lab = new Lab6(optimizer, which.loss, function, neurons, learningRate, iterations);
    Lab6.Outcome outcome =
        lab.run(session.kernels(), session.losses(training, which.name()), keeper);
    List<PrintedLoss> losses = outcome.losses();
    session
        .record()
        .measured("last printed loss, " + training, losses.get(losses.size() - 1).value());
    return outcome;
  }

  private static Map<String, Object> toJson(Lab6.Outcome outcome) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("losses", pairs(outcome.losses()));
    object.put("prediction", finite(outcome.prediction()));
    object.put("generated", finite(outcome.generated()));
    return object;
  }

  /** With null for numbers that JSON does not have. */
  private static List<Float> finite(List<Float> values) {
    return values.stream().map(value -> Float.isFinite(value) ? value : null).toList();
  }

  private static void print(TutorialSession session, Lab6.Outcome outcome) {
    session.say(
        "%nPrediction of the %d steps that follow t = 12.2:%n", outcome.prediction().size());
    printRows(session, outcome.prediction());
    session.say("%nThe %d values generated from zeros:%n", outcome.generated().size());
    printRows(session, outcome.generated());
  }

  private static void printRows(TutorialSession session, List<Float> values) {
    for (int first = 0; first < values.size(); first += NUMBERS_A_ROW) {
      for (float value : values.subList(first, Math.min(first + NUMBERS_A_ROW, values.size()))) {
        session.say("%13.8f", value);
      }
      session.say("%n");
    }
  }
}
