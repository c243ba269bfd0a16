package dev.refrain.cli;

import dev.refrain.cli.ForecastTraining.Learnt;
import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.NonFiniteLossException;
import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastModel;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Series;
import dev.refrain.series.TooFewRowsException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain forecast FILE}: learns a series and forecasts how it goes on. */
@Command(
    name = "forecast",
    header = "Learns a series from a CSV file and forecasts how it goes on.",
    description = {
      "",
      "Trains on all but the last rows of the file and prints the forecast of these rows beside"
          + " their true values, and its errors beside those of two forecasts that need no model:"
          + " the last season again, and the last value again. Writes the model, the forecast as"
          + " CSV and a chart as PNG and SVG."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    abbreviateSynopsis = true,
    footer = {
      "",
      "Examples:",
      "  refrain forecast monthly-milk-production.csv",
      "  refrain forecast sales.csv --column revenue --season 7 --test-rows 28",
      "  refrain forecast sales.csv --test-rows 0 --horizon 24 --out next-years",
      "  refrain forecast shops.csv --fleet --missing interpolate --resume",
      "  refrain forecast shop.csv --column sales --known price --calendar",
      "  refrain forecast sales.csv --steps 50000 --out long --resume",
      "  refrain forecast sales.csv --cell lstm --steps 2000 --json > report.json"
    })
final class ForecastCommand implements Callable<Integer> {
  private static final String MODEL = "model.safetensors";
  private static final int USUAL_HORIZON = 12;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "CSV file with a header and one row a step, oldest first; or the name of a sample:"
              + " monthly-milk-production.csv or airline-passengers.csv.")
  private String file;

  @ArgGroup(validate = false, heading = "%nData:%n")
  private DataOptions data = new DataOptions();

  @ArgGroup(validate = false, heading = "%nColumns:%n")
  private ColumnOptions columns = new ColumnOptions();

  @ArgGroup(validate = false, heading = "%nMany series:%n")
  private FleetForecast.Options fleet = new FleetForecast.Options();

  @ArgGroup(validate = false, heading = "%nModel and training:%n")
  private ForecasterOptions training = new ForecasterOptions();

  @ArgGroup(validate = false, heading = "%nStopping and going on:%n")
  private ForecastTraining.Options checkpoints = new ForecastTraining.Options();

  @ArgGroup(validate = false, heading = "%nRunning:%n")
  private RunOptions running = new RunOptions();

  /** What is read, and what is forecast. */
  private static final class DataOptions extends MissingOption {
    @Option(
        names = "--test-rows",
        paramLabel = "ROWS",
        defaultValue = "12",
        converter = OptionTypes.CountOrZero.class,
        description = "Last rows that are held out and forecast. Default: 12.")
    private int testRows;

    @Option(
        names = "--horizon",
        paramLabel = "STEPS",
        converter = OptionTypes.Count.class,
        description =
            "Steps to forecast after the rows that are learnt from. Default: as many as"
                + " --test-rows, or 12 if that is 0.")
    private Integer horizon;

    @Option(
        names = "--season",
        paramLabel = "STEPS",
        converter = OptionTypes.Count.class,
        description =
            "Length of a season in steps, 1 for none. Default: what the dates suggest, such as 12"
                + " for months; without dates, what the values show.")
    private Integer season;

    @Option(
        names = "--level",
        paramLabel = "SHARE",
        defaultValue = "0.9",
        converter = OptionTypes.Level.class,
        description = "Share of true values that the intervals are meant to hold. Default: 0.9.")
    private double level;

    int horizon() {
      if (horizon != null) {
        Horizon.check("--horizon", horizon);
        return horizon;
      }
      return testRows > 0 ? testRows : USUAL_HORIZON;
    }
  }

  @Override
  public Integer call() {
    if (running.quiet) {
      Logging.warningsOnly();
    }
    if (fleet.fleet) {
      return new FleetForecast(
              fleet, running, file, data.testRows, data.horizon(), data.level, checkpoints)
          .run(
              columns.forFleet(),
              data.season,
              data,
              training,
              spec.commandLine().getParseResult(),
              spec.commandLine().getOut(),
              spec.commandLine().getErr());
    }
    fleet.refuseWithoutFleet();
    int horizon = data.horizon();
    HeldOut heldOut = new HeldOut(data.testRows, "another --test-rows");
    Series series = SeriesCsv.read(file, columns.names(), data.missing, heldOut, data.decimal);
    double[] history = history(series);
    double[][] future = columns.future(series, history.length, horizon);
    columns.checkCalendar(file, series);
    series
        .times()
        .ifPresent(
            times ->
                Horizon.checkDates("--horizon", horizon, step -> times.at(history.length + step)));
    int season = SeasonOption.of(data.season, series, history.length);
    Forecaster forecaster = training.forecaster(season, horizon, columns, series);
    int window = window(forecaster, history);
    OutputFolder folder = OutputFolder.prepare("--out", running.out);
    ForecastTraining learning =
        new ForecastTraining(checkpoints, folder, running.quiet, spec.commandLine().getErr());
    learning.check();
    try (Kernels kernels = running.open();
        Interruption interruption = Interruption.watch()) {
      MemoryNeeds.require(
          forecaster.bytesPerNetwork(window), kernels, spec.commandLine().getParseResult());
      Optional<Learnt> learnt =
          learning.learn(
              forecaster, kernels, series.head(history.length), interruption, spec.qualifiedName());
      if (learnt.isEmpty()) {
        return Failures.INTERRUPTED;
      }
      try (ForecastModel model = learnt.get().model()) {
        List<Forecast> forecasts = model.predict(horizon, data.level, future);
        forecasts.forEach(forecast -> finite(forecast.values()));
        ForecastReports report = new ForecastReports(series, history.length, season, forecasts);
        if (!write(report, model, interruption, folder)) {
          return Failures.INTERRUPTED;
        }
        record(report, series, forecaster, learnt.get(), kernels).write(folder);
        learning.forget();
        print(report, series, learnt.get(), kernels, folder.files());
      }
    } catch (TooFewRowsException e) {
      throw tooFew(e);
    } catch (NonFiniteLossException e) {
      throw new CommandFailedException(
          "training stopped at step %d, where the loss or its gradient is no finite number any more;"
                  .formatted(e.step())
              + " lower --learning-rate, or try --scaling standard or --activation tanh"
              + learning.left(),
          e);
    } catch (KernelException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  /** The rows to learn from. */
  private double[] history(Series series) {
    int rows = series.rows() - data.testRows;
    if (rows < 1) {
      throw new BadInputException(
          "'%s' has %d rows, and none is left to learn from when --test-rows holds out %d; lower it"
                  .formatted(file, series.rows(), data.testRows)
              + " or add rows");
    }
    double[] history = Arrays.copyOf(series.column(0), rows);
    for (int target = 0; target < columns.targets(); target++) {
      training.checkValues(file, Arrays.copyOf(series.column(target), rows));
    }
    training.checkValidation(file, rows);
    return history;
  }

  private int window(Forecaster forecaster, double[] history) {
    try {
      return forecaster.windowFor(history);
    } catch (TooFewRowsException e) {
      throw tooFew(e);
    }
  }

  private BadInputException tooFew(TooFewRowsException e) {
    return new BadInputException(
        "'%s' leaves %d rows to learn from, but a window of %d needs %d; add rows, or lower"
                .formatted(file, e.rows(), e.window(), e.needed())
            + " --window, --season or --test-rows",
        e);
  }

  /** For {@code refrain report}. */
  private RunRecord record(
      ForecastReports report,
      Series series,
      Forecaster forecaster,
      Learnt learnt,
      Kernels kernels) {
    RunRecord record = new RunRecord("forecast", kernels.description());
    record.configured("file", Path.of(file).getFileName().toString());
    RunRecord.options(spec).forEach(record::configured);
    // What follows from the file where nothing was asked for, or is the library's default.
    record
        .configured("season", learnt.model().season())
        .configured("window", learnt.model().window())
        .configured("steps", learnt.model().steps())
        .configured("seed", training.seed())
        .configured("forecaster", forecaster.toString());
    new ForecastChoice(learnt.model(), series).record(record);
    report.measure(record);
    learnt.losses().forEach(record::loss);
    return record;
  }

  private static void finite(double[] forecast) {
    for (int step = 0; step < forecast.length; step++) {
      if (!Double.isFinite(forecast[step])) {
        throw new CommandFailedException(
            "the forecast grows beyond all numbers at step %d; lower --learning-rate, or try"
                    .formatted(step + 1)
                + " --activation tanh or --transform difference");
      }
    }
  }

  /** Writes all files, or those before Ctrl-C: then it says so and returns false. */
  private boolean write(
      ForecastReports report, ForecastModel model, Interruption interruption, OutputFolder folder) {
    Map<String, OutputFolder.FileWriter> files = new LinkedHashMap<>();
    files.put(MODEL, model::save);
    report.addFiles(Path.of(file).getFileName().toString(), files);
    try {
      for (Map.Entry<String, OutputFolder.FileWriter> each : files.entrySet()) {
        if (interruption.asked()) {
          break;
        }
        folder.write(each.getKey(), each.getValue());
      }
    } catch (RuntimeException e) {
      // Pictures need parts of Java that refuse to start while it is ending.
      if (!interruption.asked()) {
        throw e;
      }
    }
    if (interruption.asked()) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf(
          "%s: interrupted after training; what is written is whole: %s%n",
          spec.qualifiedName(), String.join(", ", folder.files()));
      err.flush();
    }
    return !interruption.asked();
  }

  private void print(
      ForecastReports report, Series series, Learnt learnt, Kernels kernels, List<String> files) {
    ForecastModel model = learnt.model();
    ForecastChoice choice = new ForecastChoice(model, series);
    PrintWriter out = spec.commandLine().getOut();
    if (running.json) {
      Map<String, Object> object = report.toJson();
      object.put("device", kernels.device().toString());
      object.put("seed", training.seed());
      object.put("steps", model.steps());
      object.put("window", model.window());
      choice.addTo(object);
      if (checkpoints.resume) {
        object.put("resumedAfter", learnt.resumedAfter());
      }
      object.put("stepsPerSecond", Json.number(learnt.stepsPerSecond()));
      object.put("files", files);
      out.println(Json.line(object));
    } else {
      out.println(report);
      if (model.steps() > 0) {
        out.printf(
            "%d steps, %.0f a second, on %s; window %d, %s%n",
            model.steps(),
            learnt.stepsPerSecond(),
            kernels.description(),
            model.window(),
            choice.transformations());
        choice.print(out);
      }
      report.printTables(out, !training.hasMinimum());
      out.printf("%nWritten:%n");
      files.forEach(written -> out.println("  " + written));
    }
    out.flush();
  }
}
