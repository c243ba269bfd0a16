package dev.refrain.cli.tutorial;

import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.PlainGuess;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code refrain tutorial sine}. */
@Command(
    name = "sine",
    header = "A hundred neurons learn to continue a sine wave.",
    description = {
      "",
      "250 points of sin(x) on [0,10]; sequences of 30 steps that begin at random x, one a training"
          + " step; 100 relu neurons and a projection to one output; Adam on the mean squared"
          + " error, which is printed for every 100th iteration. Then the network predicts a"
          + " training instance one step ahead, and generates a series from zeros and from the"
          + " first points.",
      "",
      "DIR/checkpoint.safetensors is written every so many steps and on Ctrl-C, and deleted once all is"
          + " written. With --resume a run that was stopped or killed goes on from it, bit for bit as"
          + " if it had never stopped; of several cells each has its own."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial sine",
      "  refrain tutorial sine --cell gru --learning-rate 0.001",
      "  refrain tutorial sine --compare --out cells"
    })
final class SineCommand extends PrintedTutorial<SineOptions> {
  private static final PlainGuess GUESS = PlainGuess.mean(Loss.MSE, SineSeries.at(SineSeries.x()));

  static final int USUAL_ITERATIONS = 2_000;

  @Mixin private SineOptions given;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = KeptTrainings.ITERATIONS_DESCRIPTION + "Default: 2000.")
  private Integer givenIterations;

  @Option(
      names = "--compare",
      description = "Train all these cells, from the same seed, and draw them into one picture.")
  private boolean compare;

  SineCommand() {
    super("sine", SineOptions::new, USUAL_ITERATIONS, Sine.MOST_ITERATIONS);
  }

  @Override
  void check() {
    settle(
        given,
        givenIterations,
        compare ? new Comparison("--compare", "--cell", TutorialCell.names()) : null);
  }

  @Override
  void configure(RunRecord record) {
    record.configured("cell", compare ? "all" : training().cell().toString());
    training().configure(record);
    record.configured("iterations", iterations());
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    session.folder().write("series", SineCharts.data());
    return compare ? compareCells(session) : runOne(session);
  }

  private Map<String, Object> runOne(TutorialSession session) throws IOException {
    OutputFolder folder = session.folder();
    Sine.Outcome outcome =
        train(
            session,
            training().cell(),
            network ->
                folder.write(
                    "model.safetensors",
                    file -> Checkpoint.save(file, network, Map.of("tutorial", "sine"))));
    folder.write("losses", SineCharts.losses(training().cell().toString(), outcome.losses()));
    folder.write("prediction", SineCharts.prediction(outcome.prediction()));
    folder.write("generated", SineCharts.generated(outcome));
    return toJson(outcome);
  }

  private Map<String, Object> compareCells(TutorialSession session) throws IOException {
    Map<String, Sine.Outcome> outcomes = new LinkedHashMap<>();
    Map<String, Object> cells = new LinkedHashMap<>();
    for (TutorialCell each : TutorialCell.values()) {
      session
          .attempt(each.toString(), () -> train(session, each, network -> {}))
          .ifPresent(outcome -> outcomes.put(each.toString(), outcome));
    }
    TutorialSession.requireSome(outcomes);
    outcomes.forEach((name, outcome) -> cells.put(name, toJson(outcome)));
    session.say("%-14s%s%n", "cell", "MSE over all sequences");
    outcomes.forEach((name, outcome) -> session.say("%-14s%22.6f%n", name, outcome.seriesMse()));
    session.folder().write("comparison", SineCharts.comparison(outcomes));
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("cells", cells);
    return report;
  }

  private Sine.Outcome train(TutorialSession session, TutorialCell which, Sine.Keeper keeper)
      throws IOException {
    Sine sine = training().sine(which, iterations());
    Sine.Outcome outcome =
        sine.run(
            session.kernels(),
            trainings().training(session, which.toString(), GUESS, "MSE"),
            keeper);
    session.say("MSE over all sequences of the series: %.6f%n", outcome.seriesMse());
    session.record().measured("MSE over all sequences, " + which, outcome.seriesMse());
    return outcome;
  }

  private static Map<String, Object> toJson(Sine.Outcome outcome) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("losses", pairs(outcome.losses()));
    object.put("seriesMse", Json.number(outcome.seriesMse()));
    object.put("prediction", Json.numbers(outcome.prediction()));
    object.put("fromZeros", Json.numbers(outcome.fromZeros()));
    object.put("fromInstance", Json.numbers(outcome.fromInstance()));
    return object;
  }
}
