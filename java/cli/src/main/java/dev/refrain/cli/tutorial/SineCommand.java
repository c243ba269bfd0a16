package dev.refrain.cli.tutorial;

import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
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
          + " first points."
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
final class SineCommand extends PicturedTutorial {
  @Mixin private CellChoice cells;

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
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "2000",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 2000.")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.CountOrZero.class,
      description = "Of initial weights and sequences. Default: 101.")
  private int seed;

  @Override
  void check() {
    checkIterations(iterations, Sine.MOST_ITERATIONS);
    cells.check();
  }

  @Override
  void configure(RunRecord record) {
    record
        .configured("cell", cells.compare() ? "all" : chosen().toString())
        .configured("neurons", neurons)
        .configured("learning rate", learningRate)
        .configured("iterations", iterations)
        .configured("seed", seed);
  }

  private TutorialCell chosen() {
    return cells.or(TutorialCell.RNN);
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    session.folder().write("series", SineCharts.data());
    return cells.compare() ? compareCells(session) : runOne(session);
  }

  private Map<String, Object> runOne(TutorialSession session) throws IOException {
    OutputFolder folder = session.folder();
    Sine.Outcome outcome =
        train(
            session,
            chosen(),
            network ->
                folder.write(
                    "model.safetensors",
                    file -> Checkpoint.save(file, network, Map.of("tutorial", "sine"))));
    folder.write("losses", SineCharts.losses(chosen().toString(), outcome.losses()));
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
    session.folder().write("comparison", SineCharts.comparison(outcomes));
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("cells", cells);
    return report;
  }

  private Sine.Outcome train(TutorialSession session, TutorialCell which, Sine.Keeper keeper)
      throws IOException {
    Sine sine = new Sine(which, neurons, learningRate, iterations, seed);
    Sine.Outcome outcome =
        sine.run(session.kernels(), session.losses(which.toString(), "MSE"), keeper);
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
