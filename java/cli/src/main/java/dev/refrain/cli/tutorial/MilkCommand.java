package dev.refrain.cli.tutorial;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.BadInputException;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.PlainGuess;
import dev.refrain.cli.RunRecord;
import dev.refrain.io.AtomicFiles;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.series.Baselines;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.MinMaxScaler;
import dev.refrain.series.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code refrain tutorial milk}. */
@Command(
    name = "milk",
    header = "The exercise: twelve months of milk production, generated and true.",
    description = {
      "",
      "Reads 168 months of milk production, holds out the last 12, scales to 0 to 1 by the training"
          + " part alone, trains a network of 100 neurons on windows of 12 months, prints the loss"
          + " of every 100th iteration, and generates 12 months from the last 12 of the training"
          + " part; they stand, back in pounds, in a column 'Generated' beside the true ones.",
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
      "  refrain tutorial milk",
      "  refrain tutorial milk --ahead 3",
      "  refrain tutorial milk --cell gru --learning-rate 0.001 --iterations 8000",
      "  refrain tutorial milk --compare"
    })
final class MilkCommand extends PrintedTutorial<MilkOptions> {
  private static final int HEAD_ROWS = 5;
  private static final int SEASON = 12;

  static final int USUAL_ITERATIONS = 4_000;

  @Mixin private MilkOptions given;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = KeptTrainings.ITERATIONS_DESCRIPTION + "Default: 4000.")
  private Integer givenIterations;

  @Option(
      names = "--compare",
      description = "Train all these cells, from the same seed, and draw them into one picture.")
  private boolean compare;

  /** Read when the command runs, not when it is merely listed. */
  private Series series;

  MilkCommand() {
    super("milk", MilkOptions::new, USUAL_ITERATIONS, Integer.MAX_VALUE);
  }

  @Override
  void check() {
    settle(
        given,
        givenIterations,
        compare ? new Comparison("--compare", "--cell", TutorialCell.names()) : null);
    int ahead = training().ahead();
    int window = training().window();
    if (ahead > window) {
      throw new BadInputException(
          "--ahead is %d, but the network gives only as many months as it reads: give --window %d"
              .formatted(ahead, ahead));
    }
    series = Milk.series();
    int rows = Milk.trainingRows(series);
    if (window > rows - ahead) {
      throw new BadInputException(
          "--window is %d and --ahead %d, together more than the %d months to learn from"
              .formatted(window, ahead, rows));
    }
    trainings().requireSame(Milk.FILE, KeptTraining.digest(history()));
  }

  /** On the scale of the network, from 0 to 1. */
  private PlainGuess guess() {
    double[][] rows = series.rows(0, Milk.trainingRows(series));
    MinMaxScaler scaler = MinMaxScaler.fit(rows);
    return PlainGuess.mean(
        Loss.MSE, Arrays.stream(rows).mapToDouble(row -> scaler.transform(row[0], 0)).toArray());
  }

  @Override
  void configure(RunRecord record) {
    record.configured("cell", compare ? "all" : training().cell().toString());
    training().configure(record);
    record.configured("iterations", iterations());
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    printHead(session);
    session.folder().write("series", new MilkCharts(series).data());
    return compare ? compareCells(session) : runOne(session);
  }

  private void printHead(TutorialSession session) {
    session.say("%-22s%18s%n", "Month", name());
    for (int row = 0; row < HEAD_ROWS; row++) {
      session.say("%-22s%18.1f%n", series.label(row), series.column(0)[row]);
    }
    int rows = Milk.trainingRows(series);
    session.say(
        "%n%d months, %s to %s: %d to learn from, the last %d to compare with%n",
        series.rows(), series.label(0), series.label(series.rows() - 1), rows, Milk.TEST_ROWS);
    MinMaxScaler scaler = MinMaxScaler.fit(series.rows(0, rows));
    session.say(
        "scaled to 0–1 by the training part alone: %.0f to %.0f pounds%n%n",
        scaler.inverse(0, 0), scaler.inverse(1, 0));
  }

  private String name() {
    return series.names().get(0);
  }

  private Map<String, Object> runOne(TutorialSession session) throws IOException {
    OutputFolder folder = session.folder();
    Milk.Outcome outcome =
        train(session, training().cell(), (network, scaler) -> save(folder, network, scaler));
    printGenerated(session, outcome.generated());
    folder.write(
        "losses", MilkCharts.losses(Map.of(training().cell().toString(), outcome.losses())));
    folder.write("generated", new MilkCharts(series).generated(outcome.generated()));
    folder.write("generated.csv", file -> writeCsv(file, outcome.generated()));
    return toJson(outcome);
  }

  private static void save(OutputFolder folder, Network network, MinMaxScaler scaler) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("tutorial", "milk");
    config.put("scaler", scaler.name());
    scaler.parameters().forEach((key, value) -> config.put("scaler." + key, value[0] + ""));
    folder.write("model.safetensors", file -> Checkpoint.save(file, network, config));
  }

  private void printGenerated(TutorialSession session, double[] generated) {
    session.say("%n%-22s%18s%12s%n", "Month", name(), "Generated");
    double[] actual = actual();
    for (int month = 0; month < generated.length; month++) {
      session.say(
          "%-22s%18.1f%12.1f%n",
          series.label(Milk.trainingRows(series) + month), actual[month], generated[month]);
    }
    ForecastMetrics metrics = metrics(generated);
    session.say(
        "%nMAE %.1f pounds, RMSE %.1f; the year before again: MAE %.1f, RMSE %.1f%n",
        metrics.mae(), metrics.rmse(), metrics(yearBefore()).mae(), metrics(yearBefore()).rmse());
  }

  private double[] actual() {
    return Arrays.copyOfRange(series.column(0), Milk.trainingRows(series), series.rows());
  }

  private double[] history() {
    return Arrays.copyOf(series.column(0), Milk.trainingRows(series));
  }

  private double[] yearBefore() {
    return Baselines.seasonalNaive(history(), SEASON, Milk.TEST_ROWS);
  }

  private ForecastMetrics metrics(double[] generated) {
    return ForecastMetrics.of(actual(), generated, history(), SEASON);
  }

  private void writeCsv(Path file, double[] generated) throws IOException {
    double[] actual = actual();
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          csv.writeRecord("Month", name(), "Generated");
          for (int month = 0; month < generated.length; month++) {
            csv.writeRecord(
                series.label(Milk.trainingRows(series) + month),
                Double.toString(actual[month]),
                Double.toString(generated[month]));
          }
          csv.flush();
        });
  }

  private Map<String, Object> compareCells(TutorialSession session) throws IOException {
    Map<String, Milk.Outcome> outcomes = new LinkedHashMap<>();
    Map<String, List<PrintedLoss>> losses = new LinkedHashMap<>();
    Map<String, Object> cells = new LinkedHashMap<>();
    for (TutorialCell each : TutorialCell.values()) {
      session
          .attempt(each.toString(), () -> train(session, each, (network, scaler) -> {}))
          .ifPresent(outcome -> outcomes.put(each.toString(), outcome));
    }
    TutorialSession.requireSome(outcomes);
    outcomes.forEach((name, outcome) -> losses.put(name, outcome.losses()));
    outcomes.forEach((name, outcome) -> cells.put(name, toJson(outcome)));
    session.say("%-14s%8s%8s%n", "pounds", "MAE", "RMSE");
    outcomes.forEach((name, outcome) -> printMetrics(session, name, outcome.generated()));
    printMetrics(session, "year before", yearBefore());
    session.folder().write("comparison", new MilkCharts(series).comparison(outcomes, losses));
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("cells", cells);
    return report;
  }

  private void printMetrics(TutorialSession session, String name, double[] generated) {
    ForecastMetrics metrics = metrics(generated);
    session.say("%-14s%8.1f%8.1f%n", name, metrics.mae(), metrics.rmse());
  }

  private Milk.Outcome train(TutorialSession session, TutorialCell which, Milk.Keeper keeper)
      throws IOException {
    Milk milk = training().milk(which, iterations());
    Milk.Outcome outcome =
        milk.run(
            session.kernels(),
            trainings().training(session, which.toString(), guess(), "MSE"),
            keeper);
    ForecastMetrics metrics = metrics(outcome.generated());
    session.record().measured("MAE in pounds, " + which, metrics.mae());
    session.record().measured("RMSE in pounds, " + which, metrics.rmse());
    return outcome;
  }

  private Map<String, Object> toJson(Milk.Outcome outcome) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("losses", pairs(outcome.losses()));
    object.put("generated", Json.numbers(outcome.generated()));
    object.put("actual", Json.numbers(actual()));
    object.put("metrics", metrics(outcome.generated()).asMap());
    return object;
  }
}
