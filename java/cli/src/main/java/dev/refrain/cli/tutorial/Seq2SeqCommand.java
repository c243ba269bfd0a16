package dev.refrain.cli.tutorial;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.BadInputException;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.io.AtomicFiles;
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
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
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
          + " predict one row and read it again (those of 'refrain forecast')."
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
  private static final int HORIZONS_SHOWN = 2;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = Milk.FILE,
      description = "CSV file, as of 'refrain forecast'. Default: " + Milk.FILE + ".")
  private String file;

  @Option(
      names = "--column",
      paramLabel = "NAME",
      description = "Column to forecast. Default: the only column of numbers.")
  private String column;

  @Option(
      names = "--horizon",
      paramLabel = "ROWS",
      defaultValue = "12",
      converter = OptionTypes.Count.class,
      description = "Last rows that are held out and forecast. Default: 12.")
  private int horizon;

  @Option(
      names = "--window",
      paramLabel = "ROWS",
      defaultValue = "24",
      converter = OptionTypes.Count.class,
      description = "What the encoder reads. Default: 24.")
  private int window;

  @Option(
      names = "--season",
      paramLabel = "ROWS",
      converter = OptionTypes.Count.class,
      description = "Length of a season, 1 for none. Default: what the dates or values suggest.")
  private Integer season;

  @Option(
      names = "--transform",
      paramLabel = "NAME",
      converter = TransformationName.class,
      description =
          "What is done to the values before they are scaled, as of 'refrain forecast'. Default:"
              + " differences where these vary less than the values, of logarithms where these grow.")
  private Transformation transformation;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "gru",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: gru.")
  private TutorialCell cell;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 32.")
  private int neurons;

  @Option(
      names = "--members",
      paramLabel = "COUNT",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "Pairs of networks, whose median is the forecast. Default: 5.")
  private int members;

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
      defaultValue = "0.005",
      converter = OptionTypes.PositiveNumber.class,
      description = "Of the first step; it falls to zero along half a cosine. Default: 0.005.")
  private double learningRate;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "1000",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 1000.")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights and windows. Default: 1.")
  private long seed;

  private Series series;
  private double[] history;
  private int period;

  @Override
  void check() {
    series = SeriesCsv.read(file, column == null ? List.of() : List.of(column));
    int rows = series.rows() - horizon;
    if (rows < 2) {
      throw new BadInputException(
          "'%s' has %d rows; --horizon %d leaves too few to learn from"
              .formatted(file, series.rows(), horizon));
    }
    history = Arrays.copyOf(series.column(0), rows);
    period = season != null ? season : usualSeason();
    if (period > rows) {
      throw new BadInputException(
          "--season is %d, but there are only %d rows to learn from".formatted(period, rows));
    }
    if (transformation == null) {
      transformation = Transformation.choose(history, period);
    } else if (transformation.logarithm() && Arrays.stream(history).anyMatch(it -> !(it > 0))) {
      throw new BadInputException(
          "'%s' has values that have no logarithm; choose another --transform".formatted(file));
    }
    long needed = (long) window + horizon + transformation.lost(period);
    if (rows < needed) {
      throw new BadInputException(
          "'%s' leaves %d rows to learn from; --window %d and --horizon %d need %d"
              .formatted(file, rows, window, horizon, needed));
    }
    if (seed > Long.MAX_VALUE - members) {
      throw new BadInputException(
          "--seed is %d; the members take it and those that follow: give a lower one"
              .formatted(seed));
    }
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
        .configured("horizon", horizon)
        .configured("window", window)
        .configured("season", period)
        .configured("transform", transformation.toString())
        .configured("cell", cell.toString())
        .configured("neurons", neurons)
        .configured("members", members)
        .configured("batch", batch)
        .configured("learning rate", learningRate)
        .configured("iterations", iterations)
        .configured("seed", seed);
  }

  private String name() {
    return series.names().get(0);
  }

  @Override
  Map<String, Object> run(TutorialSession session) {
    session.say(
        "'%s': %d rows, the last %d to compare with; season of %d, transform %s%n%n",
        name(), series.rows(), horizon, period, transformation);
    Seq2Seq seq2seq =
        new Seq2Seq(
            cell,
            neurons,
            window,
            horizon,
            members,
            batch,
            learningRate,
            iterations,
            seed,
            transformation);
    Seq2Seq.Outcome outcome =
        seq2seq.run(session.kernels(), history, period, session.losses("encoder–decoder", "MSE"));
    Map<String, double[]> forecasts = new LinkedHashMap<>();
    forecasts.put("seasonal naive", Baselines.seasonalNaive(history, period, horizon));
    forecasts.put("recursive", seq2seq.recursive(session.kernels(), history, period));
    forecasts.put("encoder–decoder", outcome.forecast());
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
                    "mean squared error, scaled", Map.of("encoder–decoder", outcome.losses()))));
    session.folder().write("forecast.csv", target -> writeCsv(target, forecasts));
    return toJson(outcome, forecasts);
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
    for (int step = 0; step < horizon; step++) {
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
    int first = Math.max(0, history.length - HORIZONS_SHOWN * horizon);
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
                name.equals("encoder–decoder") ? Role.PREDICTION : Role.ALTERNATIVE,
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
          for (int step = 0; step < horizon; step++) {
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

  static final class TransformationName implements ITypeConverter<Transformation> {
    @Override
    public Transformation convert(String word) {
      Map<String, Transformation> values = new LinkedHashMap<>();
      Transformation.NAMES.forEach(name -> values.put(name, Transformation.parse(name)));
      return OptionTypes.named(word, values);
    }
  }
}
