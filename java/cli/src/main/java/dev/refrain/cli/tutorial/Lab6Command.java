package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.PlainGuess;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.tutorial.Lab6Options.LabLoss;
import dev.refrain.kernels.Activation;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
          + " with the default options the losses are those it printed.",
      "",
      "DIR/checkpoint.safetensors is written every so many steps and on Ctrl-C, and deleted once all is"
          + " written. With --resume a run that was stopped or killed goes on from it, bit for bit as"
          + " if it had never stopped; of several trainings each has its own."
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
final class Lab6Command extends PrintedTutorial<Lab6Options> {
  private static final int NUMBERS_A_ROW = 6;

  static final int USUAL_ITERATIONS = 1_500;

  @Mixin private Lab6Options given;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = KeptTrainings.ITERATIONS_DESCRIPTION + "Default: 1500.")
  private Integer givenIterations;

  @Option(
      names = "--compare-losses",
      description = "Train on mse and on rmse, and draw both side by side.")
  private boolean compareLosses;

  @Option(
      names = "--compare-activations",
      description = "Train with each activation (the lab's exercise 3.3), into one picture.")
  private boolean compareActivations;

  Lab6Command() {
    super("lab6", Lab6Options::new, USUAL_ITERATIONS, Lab6.MOST_ITERATIONS);
  }

  @Override
  void check() {
    if (compareLosses && compareActivations) {
      throw new BadInputException("--compare-losses and --compare-activations: choose one of them");
    }
    settle(given, givenIterations, comparison());
  }

  private Comparison comparison() {
    if (compareLosses) {
      return new Comparison("--compare-losses", "--loss", lowerCase(LabLoss.values()));
    }
    return compareActivations
        ? new Comparison("--compare-activations", "--activation", lowerCase(Activation.values()))
        : null;
  }

  private static List<String> lowerCase(Enum<?>... constants) {
    return Arrays.stream(constants).map(Lab6Command::lowerCase).toList();
  }

  @Override
  void configure(RunRecord record) {
    record
        .configured("loss", compareLosses ? "all" : lowerCase(training().loss()))
        .configured("activation", compareActivations ? "all" : lowerCase(training().activation()));
    training().configure(record);
    record.configured("iterations", iterations());
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
    LabLoss loss = training().loss();
    Lab6.Outcome outcome =
        train(
            session,
            lowerCase(loss),
            loss,
            training().activation(),
            network -> save(session, network));
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
              () -> train(session, lowerCase(each), each, training().activation(), network -> {}))
          .ifPresent(outcome -> outcomes.put(each.name(), outcome));
    }
    TutorialSession.requireSome(outcomes);
    printComparison(session, "loss", outcomes);
    session.folder().write("prediction", Lab6Charts.prediction(outcomes));
    session.folder().write("generated", Lab6Charts.generated(outcomes));
    return compared("trainings", outcomes);
  }

  private Map<String, Object> compareActivations(TutorialSession session) throws IOException {
    Map<String, Lab6.Outcome> outcomes = new LinkedHashMap<>();
    for (Activation each : Activation.values()) {
      session
          .attempt(
              lowerCase(each),
              () -> train(session, lowerCase(each), training().loss(), each, network -> {}))
          .ifPresent(outcome -> outcomes.put(lowerCase(each), outcome));
    }
    TutorialSession.requireSome(outcomes);
    printComparison(session, "activation", outcomes);
    session.folder().write("comparison", Lab6Charts.comparison(training().loss().name(), outcomes));
    return compared("activations", outcomes);
  }

  /** The last printed losses, and how far the predictions of the instance are from its targets. */
  private static void printComparison(
      TutorialSession session, String what, Map<String, Lab6.Outcome> outcomes) {
    session.say("%-12s%20s%24s%n", what, "last printed loss", "RMSE of the prediction");
    outcomes.forEach(
        (name, outcome) -> {
          List<PrintedLoss> losses = outcome.losses();
          session.say(
              "%-12s%20.6f%24.6f%n",
              name, losses.get(losses.size() - 1).value(), outcome.predictionRmse());
        });
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
      TutorialSession session, String name, LabLoss loss, Activation activation, Lab6.Keeper keeper)
      throws IOException {
    PlainGuess guess =
        PlainGuess.mean(
            loss.loss(), Arrays.stream(Lab6Series.times()).map(Lab6Series::at).toArray());
    Lab6.Outcome outcome =
        training()
            .lab(loss, activation, iterations())
            .run(
                session.kernels(), trainings().training(session, name, guess, loss.name()), keeper);
    List<PrintedLoss> losses = outcome.losses();
    session.record().measured("last printed loss, " + name, losses.get(losses.size() - 1).value());
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
