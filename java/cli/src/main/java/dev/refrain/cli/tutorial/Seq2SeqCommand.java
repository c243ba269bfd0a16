package dev.refrain.cli.tutorial;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.BadInputException;
import dev.refrain.cli.DecimalOption;
import dev.refrain.cli.Json;
import dev.refrain.cli.KeptOptions;
import dev.refrain.cli.PlainGuess;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.Missing;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.io.AtomicFiles;
import dev.refrain.network.CheckpointedTraining;
import dev.refrain.network.EncoderDecoderCheckpoint;
import dev.refrain.network.EncoderDecoderTrainer;
import dev.refrain.series.Baselines;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.Seasonality;
import dev.refrain.series.Series;
import dev.refrain.series.Transformation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code refrain tutorial seq2seq}. */
@Command(
    name = "seq2seq",
    header = "An encoder–decoder forecasts a series.",
    description = {
      "",
      "Reads a series, holds out its last rows, and trains pairs of networks on the others: an"
          + " encoder reads a window, a decoder begins with its final state and says the rows that"
          + " follow. In training the decoder reads the true row before each; when it forecasts it"
          + " reads what it said. Compares it with the last season again, and with networks that"
          + " predict one row and read it again (those of 'refrain forecast').",
      "",
      "DIR/checkpoint.safetensors is written every so many steps, at the end of the training and on"
          + " Ctrl-C. With --resume a run that was stopped or killed goes on from it, bit for bit as"
          + " if it had never stopped. At the end the networks are DIR/model.safetensors."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial seq2seq",
      "  refrain tutorial seq2seq airline-passengers.csv --cell lstm --iterations 2000"
    })
final class Seq2SeqCommand extends PicturedTutorial {
  private static final String ENCODER_DECODER = "encoder–decoder";
  private static final int HORIZONS_SHOWN = 2;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = Milk.FILE,
      description = "CSV file, as of 'refrain forecast'. Default: " + Milk.FILE + ".")
  private String file;

  @Mixin private Seq2SeqOptions given;

  @Mixin private DecimalOption numbers = new DecimalOption();

  private KeptTraining kept;

  /** The given options, or those of the checkpoint that is resumed. */
  private Seq2SeqOptions training;

  /** What the checkpoint keeps beside the training. */
  private final Map<String, String> config = new LinkedHashMap<>();

  private Transformation transformation;
  private Series series;
  private double[] history;
  private int period;

  @Override
  void check() {
    kept = new KeptTraining(path().resolve(KeptTraining.FILE));
    settle();
    int horizon = training.horizon();
    series =
        SeriesCsv.read(file, training.columns(), Missing.ERROR, HeldOut.NONE, numbers.decimal());
    int rows = series.rows() - horizon;
    if (rows < 2) {
      throw new BadInputException(
          "'%s' has %d rows; --horizon %d leaves too few to learn from"
              .formatted(file, series.rows(), horizon));
    }
    history = Arrays.copyOf(series.column(0), rows);
    period = training.season().orElseGet(this::usualSeason);
    if (period > rows) {
      throw new BadInputException(
          "--season is %d, but there are only %d rows to learn from".formatted(period, rows));
    }
    transformation = training.transformation();
    if (transformation == null) {
      transformation = Transformation.choose(history, period);
    } else if (transformation.logarithm() && Arrays.stream(history).anyMatch(it -> !(it > 0))) {
      throw new BadInputException(
          "'%s' has values that have no logarithm; choose another --transform".formatted(file));
    }
    int window = training.window();
    long needed = (long) window + horizon + transformation.lost(period);
    if (rows < needed) {
      throw new BadInputException(
          "'%s' leaves %d rows to learn from; --window %d and --horizon %d need %d"
              .formatted(file, rows, window, horizon, needed));
    }
    if (training.seed() > Long.MAX_VALUE - training.members()) {
      throw new BadInputException(
          "--seed is %d; the members take it and those that follow: give a lower one"
              .formatted(training.seed()));
    }
    checkData();
  }

  /** Which options are trained with. */
  private void settle() {
    KeptOptions<Seq2SeqOptions> options =
        new KeptOptions<>(given, Seq2SeqOptions::new, parsed(), path().resolve(KeptTraining.FILE));
    try {
      Map<String, String> words = options.settle(keeping().resume());
      training = options.options(words);
      config.putAll(KeptOptions.config(words));
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  private void checkData() {
    String digest = KeptTraining.digest(history);
    config.put("tutorial", "seq2seq");
    config.put(KeptTraining.DATA, digest);
    config.put("transform", transformation.toString());
    config.put("season", Integer.toString(period));
    kept.requireSame(file, "series", digest);
  }

  private int usualSeason() {
    return series
        .times()
        .map(times -> times.frequency().usualSeason())
        .orElseGet(() -> Seasonality.detect(history));
  }

  @Override
  void configure(RunRecord record) {
    record
        .configured("file", Path.of(file).getFileName().toString())
        .configured("column", name())
        .configured("season", period)
        .configured("transform", transformation.toString());
    training.configure(record);
  }

  private String name() {
    return series.names().get(0);
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    int horizon = training.horizon();
    session.say(
        "'%s': %d rows, the last %d to compare with; season of %d, transform %s%n%n",
        name(), series.rows(), horizon, period, transformation);
    Seq2Seq seq2seq = training.seq2seq(transformation);
    Seq2Seq.Outcome outcome =
        seq2seq.run(
            session.kernels(),
            history,
            period,
            (trainer, scaling) -> train(session, seq2seq, trainer, scaling));
    outcome
        .losses()
        .forEach(it -> session.record().loss(ENCODER_DECODER, it.iteration(), it.value()));
    Map<String, double[]> forecasts = new LinkedHashMap<>();
    forecasts.put("seasonal naive", Baselines.seasonalNaive(history, period, horizon));
    forecasts.put("recursive", seq2seq.recursive(session.kernels(), history, period));
    forecasts.put(ENCODER_DECODER, outcome.forecast());
    print(session, forecasts);
    forecasts.forEach(
        (name, values) -> session.record().measured("MASE, " + name, metrics(values).mase()));
    session.folder().write("forecast", chart(forecasts));
    session
        .folder()
        .write(
            "losses",
            new Figure(
                TutorialCharts.losses(
                    "mean squared error, scaled", Map.of(ENCODER_DECODER, outcome.losses()))));
    session.folder().write("forecast.csv", target -> writeCsv(target, forecasts));
    return toJson(outcome, forecasts);
  }

  private void train(
      TutorialSession session,
      Seq2Seq seq2seq,
      EncoderDecoderTrainer trainer,
      Map<String, String> scaling)
      throws IOException {
    config.putAll(scaling);
    CheckpointedTraining checkpointed =
        new CheckpointedTraining(
            trainer, path().resolve(KeptTraining.FILE), keeping().interval(), config);
    kept.run(
        session,
        checkpointed::resume,
        trainer::steps,
        () ->
            checkpointed.train(
                training.iterations(),
                Math.min(Seq2Seq.PRINT_INTERVAL, keeping().interval()),
                progress ->
                    seq2seq
                        .printed(progress.step(), progress.losses())
                        .forEach(it -> session.say("%d\tMSE: %s%n", it.iteration(), it.digits()))));
    PlainGuess.MEAN_OF_SCALED
        .warning(trainer.steps(), trainer::lastLosses, training.learningRate())
        .ifPresent(session.record()::warn);
    session
        .folder()
        .write(
            "model.safetensors",
            target -> EncoderDecoderCheckpoint.save(target, trainer.model(), config));
  }

  @Override
  String afterInterrupt() {
    return kept.afterInterrupt(training.iterations(), KeptTraining.NOTHING_YET);
  }

  @Override
  String afterRunningAway() {
    return kept.lastGood();
  }

  private double[] actual() {
    return Arrays.copyOfRange(series.column(0), history.length, series.rows());
  }

  private ForecastMetrics metrics(double[] forecast) {
    return ForecastMetrics.of(actual(), forecast, history, period);
  }

  private void print(TutorialSession session, Map<String, double[]> forecasts) {
    session.say("%n%-22s%14s", "", "true value");
    forecasts.keySet().forEach(name -> session.say("%18s", name));
    for (int step = 0; step < training.horizon(); step++) {
      session.say("%n%-22s%14.2f", series.label(history.length + step), actual()[step]);
      for (double[] forecast : forecasts.values()) {
        session.say("%18.2f", forecast[step]);
      }
    }
    session.say("%n%n%-22s%10s%10s%10s%n", "", "MAE", "RMSE", "MASE");
    forecasts.forEach(
        (name, values) -> {
          ForecastMetrics metrics = metrics(values);
          session.say(
              "%-22s%10.2f%10.2f%10.3f%n", name, metrics.mae(), metrics.rmse(), metrics.mase());
        });
  }

  private Figure chart(Map<String, double[]> forecasts) {
    int first = Math.max(0, history.length - HORIZONS_SHOWN * training.horizon());
    double[] truth = Arrays.copyOfRange(series.column(0), history.length - 1, series.rows());
    LineChart chart =
        new LineChart("What follows a window, by an encoder and a decoder", "row", name())
            .over(series.times().orElse(null))
            .add("Past", Role.PAST, first, Arrays.copyOfRange(history, first, history.length))
            .add("True values", Role.TRUTH, history.length - 1, truth);
    forecasts.forEach(
        (name, values) ->
            chart.add(
                name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
                name.equals(ENCODER_DECODER) ? Role.PREDICTION : Role.ALTERNATIVE,
                history.length,
                values));
    return new Figure(chart);
  }

  private void writeCsv(Path target, Map<String, double[]> forecasts) throws IOException {
    AtomicFiles.write(
        target,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          csv.writeRecord("time", "actual", "seasonal_naive", "recursive", "encoder_decoder");
          for (int step = 0; step < training.horizon(); step++) {
            List<String> cells = new ArrayList<>();
            cells.add(series.label(history.length + step));
            cells.add(Double.toString(actual()[step]));
            for (double[] forecast : forecasts.values()) {
              cells.add(Double.toString(forecast[step]));
            }
            csv.writeRecord(cells);
          }
          csv.flush();
        });
  }

  private Map<String, Object> toJson(Seq2Seq.Outcome outcome, Map<String, double[]> forecasts) {
    Map<String, Object> metrics = new LinkedHashMap<>();
    Map<String, Object> values = new LinkedHashMap<>();
    String[] keys = {"seasonalNaive", "recursive", "encoderDecoder"};
    int next = 0;
    for (double[] forecast : forecasts.values()) {
      values.put(keys[next], Json.numbers(forecast));
      metrics.put(keys[next++], metrics(forecast).asMap());
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("losses", pairs(outcome.losses()));
    object.put("actual", Json.numbers(actual()));
    object.put("forecasts", values);
    object.put("metrics", metrics);
    return object;
  }
}
