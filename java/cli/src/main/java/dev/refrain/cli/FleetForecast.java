package dev.refrain.cli;

import dev.refrain.cli.csv.FleetCsv;
import dev.refrain.cli.csv.Missing;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.FleetModel;
import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastModel;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Frequency;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import dev.refrain.series.Transformation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** {@code refrain forecast FILE --fleet}: many series of one file at once. */
final class FleetForecast {
  private static final String FORECASTS = "fleet-forecast.csv";
  private static final String METRICS = "fleet-metrics.csv";
  private static final String ERRORS = "fleet-errors";
  private static final String SERIES = "fleet-series";
  private static final String MODELS = "models";

  /** File systems take 255 bytes, of which an ending and what is written first need some. */
  private static final int LONGEST_NAME = 150;

  /** What is to be done with the series of a file. */
  static final class Options {
    @Option(
        names = "--fleet",
        description =
            "Forecast every series of the file: each column of numbers (wide; --column chooses some), or,"
                + " where a column of text tells series apart, each of its names (long). Unless asked"
                + " otherwise, one network each and no validation.")
    boolean fleet;

    @Option(names = "--global", description = "With --fleet: the same networks for all series.")
    boolean global;

    @Option(
        names = "--id",
        paramLabel = "NAME",
        description = "With --fleet: column that tells the series of a long file apart.")
    String id;

    @Option(
        names = "--save-models",
        description = "With --fleet: write a model file for each series, too.")
    boolean saveModels;

    /** Options that would silently do nothing. */
    void refuseWithoutFleet() {
      String first =
          global ? "--global" : saveModels ? "--save-models" : id != null ? "--id" : null;
      if (first != null) {
        throw new BadInputException(first + " goes with --fleet; add that, or leave it out");
      }
    }
  }

  private final Options options;
  private final RunOptions running;
  private final String file;
  private final int testRows;
  private final int horizon;
  private final double level;
  private final ForecastTraining.Options stopping;
  private final Map<String, Series> whole = new LinkedHashMap<>();

  /** Names of series that are left out, and why. */
  private final Map<String, String> failures = new LinkedHashMap<>();

  FleetForecast(
      Options options,
      RunOptions running,
      String file,
      int testRows,
      int horizon,
      double level,
      ForecastTraining.Options stopping) {
    this.options = options;
    this.running = running;
    this.file = file;
    this.testRows = testRows;
    this.horizon = horizon;
    this.level = level;
    this.stopping = stopping;
  }

  /**
   * Reads, learns, forecasts and writes. Ctrl-C ends learning; the series whose launches had ended
   * are forecast and written, and kept to go on from.
   *
   * @param columns of a wide file to read, or that of the values of a long one; empty for all
   * @param season of all, or null
   * @param gaps what to do about them, and what decimals begin with
   * @param training what is trained
   * @param command as it was given, for messages
   * @return the exit code
   */
  int run(
      List<String> columns,
      Integer season,
      MissingOption gaps,
      ForecasterOptions training,
      ParseResult command,
      PrintWriter out,
      PrintWriter err) {
    if (gaps.missing == Missing.DROP) {
      throw new BadInputException(
          "--missing drop is not for fleets, whose rows belong to many; give interpolate");
    }
    List<Series> histories = read(columns, gaps);
    OutputFolder folder = OutputFolder.prepare("--out", running.out);
    Forecaster forecaster = training.fleetForecaster(season == null ? 0 : season, horizon);
    FleetTraining learning =
        new FleetTraining(folder, options.global, stopping, running.quiet, err);
    learning.check();
    try (Kernels kernels = running.open();
        Interruption interruption = Interruption.watch()) {
      MemoryNeeds.require(forecaster.bytesPerNetwork(training.shortestWindow()), kernels, command);
      FleetModel model = learning.learn(forecaster, kernels, file, histories);
      boolean interrupted = interruption.beginToFinish();
      if (interrupted && model.names().isEmpty()) {
        say(
            err,
            "interrupted before any of the %d series was learnt; %s"
                .formatted(histories.size(), learning.underway()));
        return Failures.INTERRUPTED;
      }
      failures.putAll(model.failures());
      FleetReport report = forecast(model);
      // First what cannot be had again without training.
      folder.write(FORECASTS, report::writeForecasts);
      folder.write(METRICS, report::writeMetrics);
      for (String name : options.saveModels ? report.names() : List.<String>of()) {
        try (ForecastModel own = model.model(name)) {
          folder.writeWithin(MODELS, fileName(name), own::save);
        }
      }
      boolean whole = report.names().isEmpty() || draw(report, interruption, folder);
      record(report, training.seed(), forecaster, kernels).write(folder);
      print(report, training.seed(), kernels, folder, out);
      if (interrupted || interruption.asked()) {
        say(err, "interrupted" + left(learning, model, report, whole));
        return Failures.INTERRUPTED;
      }
      learning.forget();
      if (report.names().isEmpty()) {
        say(err, "no series could be forecast; the reasons are in " + METRICS);
        return ExitCode.SOFTWARE;
      }
    } catch (KernelException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  /** Draws, or returns false after Ctrl-C: parts of Java refuse to start while it is ending. */
  private static boolean draw(FleetReport report, Interruption interruption, OutputFolder folder) {
    try {
      if (!interruption.asked()) {
        report.charts().errors().ifPresent(figure -> folder.write(ERRORS, figure));
        folder.write(SERIES, report.charts().series());
        return true;
      }
    } catch (RuntimeException e) {
      if (!interruption.asked()) {
        throw e;
      }
    }
    return false;
  }

  /** What Ctrl-C has left, in words; keeps what was learnt. */
  private String left(FleetTraining learning, FleetModel model, FleetReport report, boolean whole) {
    boolean unfinished = !model.interrupted().isEmpty();
    boolean kept = (unfinished || !whole) && learning.keep(model);
    if (!kept) {
      learning.forget();
    }
    String written =
        unfinished
            ? "; what is written holds %d of %d series, and %s says why others are left out"
                .formatted(report.names().size(), report.names().size() + failures.size(), METRICS)
            : " after training; what is written is whole" + (whole ? "" : ", but without pictures");
    return written + (kept ? "; go on with --resume" : "");
  }

  /** For {@code refrain report}. */
  private RunRecord record(FleetReport report, long seed, Forecaster forecaster, Kernels kernels) {
    RunRecord record = new RunRecord("forecast --fleet", kernels.description());
    record
        .configured("file", Path.of(file).getFileName().toString())
        .configured("networks", options.global ? "the same for all series" : "for each its own")
        .configured("test rows", testRows)
        .configured("horizon", horizon)
        .configured("steps", forecaster.steps())
        .configured("seed", seed)
        .configured("forecaster", forecaster.toString());
    report.measure(record);
    return record;
  }

  private static void say(PrintWriter err, String what) {
    err.println("refrain forecast: " + what);
    err.flush();
  }

  /** The histories to learn from; series that cannot be learnt go to the failures. */
  private List<Series> read(List<String> columns, MissingOption gaps) {
    FleetCsv.Fleet read =
        FleetCsv.read(file, options.id, columns, gaps.missing, testRows, gaps.decimal);
    failures.putAll(read.problems());
    List<Series> histories = new ArrayList<>();
    for (Series each : read.series()) {
      String name = each.names().get(0);
      if (each.rows() <= testRows) {
        failures.put(
            name, "it has %d rows, and --test-rows holds out %d".formatted(each.rows(), testRows));
        continue;
      }
      try {
        each.times().ifPresent(times -> checkDates(times, each.rows() - testRows));
      } catch (BadInputException e) {
        failures.put(name, e.getMessage());
        continue;
      }
      whole.put(name, each);
      histories.add(each.head(each.rows() - testRows));
    }
    if (histories.isEmpty()) {
      Map.Entry<String, String> first = failures.entrySet().iterator().next();
      throw new BadInputException(
          "'%s' has no series that can be forecast; the first, '%s': %s"
              .formatted(file, first.getKey(), first.getValue()));
    }
    return ofOneFrequency(histories);
  }

  private void checkDates(TimeIndex times, int rows) {
    Horizon.checkDates("--horizon", horizon, step -> times.at(rows + step));
  }

  /** Leaves out the few whose dates have another step than most; without most, refuses none. */
  private List<Series> ofOneFrequency(List<Series> histories) {
    Map<Frequency, Long> counts =
        histories.stream()
            .flatMap(each -> each.times().stream())
            .collect(
                Collectors.groupingBy(
                    (TimeIndex times) -> times.frequency().ofCalendar(), Collectors.counting()));
    long dated = counts.values().stream().mapToLong(Long::longValue).sum();
    Optional<Frequency> most =
        counts.keySet().stream().filter(each -> 2 * counts.get(each) > dated).findFirst();
    if (most.isEmpty()) {
      return histories;
    }
    List<Series> alike = new ArrayList<>();
    for (Series each : histories) {
      Optional<Frequency> own = each.times().map(times -> times.frequency().ofCalendar());
      if (own.isEmpty() || own.equals(most)) {
        alike.add(each);
      } else {
        failures.put(
            each.names().get(0),
            "it is %s, and most series are %s; forecast it apart".formatted(own.get(), most.get()));
      }
    }
    return alike;
  }

  private FleetReport forecast(FleetModel model) {
    FleetReport report = new FleetReport(failures);
    for (String name : model.names()) {
      try (ForecastModel own = model.model(name)) {
        Series series = whole.get(name);
        Forecast values = own.predict(horizon, level);
        if (!Arrays.stream(values.values()).allMatch(Double::isFinite)) {
          failures.put(name, "its forecast grows beyond all numbers; lower --learning-rate");
          continue;
        }
        report.add(
            series,
            series.rows() - testRows,
            own.season(),
            values,
            own.transformations().keySet().stream()
                .map(Transformation::toString)
                .collect(Collectors.joining(" ")));
      }
    }
    return report;
  }

  private void print(
      FleetReport report, long seed, Kernels kernels, OutputFolder folder, PrintWriter out) {
    if (running.json) {
      Map<String, Object> object = report.toJson();
      object.put("seed", seed);
      object.put("device", kernels.device().toString());
      object.put("files", folder.files());
      out.println(Json.line(object));
    } else {
      report.print(out);
      out.printf("%nOn %s. Written:%n", kernels.description());
      folder.files().forEach(written -> out.println("  " + written));
    }
    out.flush();
  }

  /** A name that every file system takes, and that differs where the series' names differ. */
  private static String fileName(String name) {
    String plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
    boolean same = plain.equals(name) && !plain.startsWith(".") && plain.length() <= LONGEST_NAME;
    String stem = plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
    return stem + (same ? "" : "-" + Integer.toHexString(name.hashCode())) + ".safetensors";
  }
}
