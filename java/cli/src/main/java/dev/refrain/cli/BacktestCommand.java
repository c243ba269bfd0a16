package dev.refrain.cli;

import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.Missing;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Backtest;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Series;
import dev.refrain.series.TooFewRowsException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain backtest FILE}: how well a series would have been forecast. */
@Command(
    name = "backtest",
    header = "Forecasts the last seasons of a series from several rows, and says how well.",
    description = {
      "",
      "Learns the rows before each of several origins, with several seeds, and compares the forecasts"
          + " with what came true and with two forecasts that need no model. All that is chosen is"
          + " chosen on the rows before the origin. All networks are trained together."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    abbreviateSynopsis = true,
    footer = {
      "",
      "Examples:",
      "  refrain backtest airline-passengers.csv",
      "  refrain backtest sales.csv --column revenue --season 7 --horizon 14",
      "  refrain backtest shop.csv --column sales --known price --calendar",
      "  refrain backtest sales.csv --cell lstm --json > backtest.json"
    })
final class BacktestCommand implements Callable<Integer> {
  private static final String TABLE = "backtest.csv";
  private static final String CHART = "backtest";
  private static final int USUAL_HORIZON = 12;

  /** Each takes several networks. */
  private static final int MOST_FORECASTS = 10_000;

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

  @ArgGroup(validate = false, heading = "%nModel and training:%n")
  private ForecasterOptions training = new ForecasterOptions();

  @ArgGroup(validate = false, heading = "%nRunning:%n")
  private RunOptions running = new RunOptions();

  /** What is read, and from where it is forecast. */
  private static final class DataOptions extends MissingOption {
    @Option(
        names = "--season",
        paramLabel = "STEPS",
        converter = OptionTypes.Count.class,
        description =
            "Length of a season in steps, 1 for none. Default: what the dates suggest, such as 12"
                + " for months; without dates, what the rows before the first origin show.")
    private Integer season;

    @Option(
        names = "--horizon",
        paramLabel = "STEPS",
        converter = OptionTypes.Count.class,
        description = "Steps to forecast from each origin. Default: a season, or 12 without one.")
    private Integer horizon;

    @Option(
        names = "--origins",
        paramLabel = "COUNT",
        defaultValue = "5",
        converter = OptionTypes.Count.class,
        description = "Rows to forecast from; the last lies a horizon before the end. Default: 5.")
    private int origins;

    @Option(
        names = "--stride",
        paramLabel = "ROWS",
        converter = OptionTypes.Count.class,
        description = "Rows from one origin to the next. Default: the horizon.")
    private Integer stride;

    @Option(
        names = "--seeds",
        paramLabel = "COUNT",
        defaultValue = "5",
        converter = OptionTypes.Count.class,
        description = "How often to learn at each origin, from different seeds. Default: 5.")
    private int seeds;

    void check() {
      if (horizon != null) {
        Horizon.check("--horizon", horizon);
      }
      long all = (long) origins * seeds;
      if (all > MOST_FORECASTS) {
        throw new BadInputException(
            "--origins %d and --seeds %d ask for %d forecasts; give at most %d in all"
                .formatted(origins, seeds, all, MOST_FORECASTS));
      }
    }
  }

  @Override
  public Integer call() {
    if (running.quiet) {
      Logging.warningsOnly();
    }
    data.check();
    boolean filling = data.missing == Missing.INTERPOLATE;
    Series series = read(filling ? HeldOut.UNKNOWN : HeldOut.NONE);
    int horizon = horizon(season(series));
    if (filling) {
      // What follows the first origin must not tell how a gap before it goes on.
      series = read(new HeldOut(rowsFromFirstOrigin(horizon), "other --origins or --horizon"));
    }
    columns.checkCalendar(file, series);
    int season = season(series);
    // The last horizon is forecast and never learnt: no logarithm is taken of it, and no bound
    // asked.
    int learntRows = Math.max(0, series.rows() - horizon);
    for (int target = 0; target < columns.targets(); target++) {
      training.checkValues(file, Arrays.copyOf(series.column(target), learntRows));
    }
    double[] learnt = Arrays.copyOf(series.column(0), learntRows);
    int first = series.rows() - rowsFromFirstOrigin(horizon);
    if (first > 0) {
      training.checkValidation(file, first);
    }
    Forecaster forecaster = training.forecaster(season, horizon, columns, series);
    OutputFolder folder = OutputFolder.prepare("--out", running.out);
    try (Kernels kernels = running.open();
        Interruption interruption = Interruption.watch()) {
      MemoryNeeds.require(
          forecaster.bytesPerNetwork(forecaster.windowFor(learnt)),
          kernels,
          spec.commandLine().getParseResult());
      Optional<List<Backtest>> backtests = run(kernels, forecaster, series, horizon);
      if (interruption.beginToFinish() || backtests.isEmpty()) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(spec.qualifiedName() + ": interrupted; nothing was written");
        err.flush();
        return Failures.INTERRUPTED;
      }
      BacktestReports report = new BacktestReports(series, backtests.get());
      folder.write(TABLE, report::writeCsv);
      folder.write(CHART, report.chart(title(horizon)));
      record(report, forecaster, kernels).write(folder);
      print(report, kernels, folder.files());
    } catch (TooFewRowsException e) {
      throw new BadInputException(
          (e.rows() == series.rows()
                      ? "'%s' has too few rows for its origins: %d, and %d are needed"
                      : "'%s' leaves too few rows before its first origin: %d, and %d are needed")
                  .formatted(file, e.rows(), e.needed())
              + "; lower --origins, --horizon (a season, unless it is given), --stride or --window, or"
              + " add rows",
          e);
    } catch (IllegalStateException | KernelException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  /** For {@code refrain report}. */
  private RunRecord record(BacktestReports report, Forecaster forecaster, Kernels kernels) {
    RunRecord record = new RunRecord("backtest", kernels.description());
    record.configured("file", Path.of(file).getFileName().toString());
    RunRecord.options(spec).forEach(record::configured);
    record
        .configured("season", report.season())
        .configured("steps", forecaster.steps())
        .configured("seed", training.seed())
        .configured("forecaster", forecaster.toString());
    report.measure(record);
    return record;
  }

  private String title(int horizon) {
    return "%s: %d steps from each of %d origins"
        .formatted(Path.of(file).getFileName(), horizon, data.origins);
  }

  /** Empty if Ctrl-C ended it. */
  private Optional<List<Backtest>> run(
      Kernels kernels, Forecaster forecaster, Series series, int horizon) {
    int stride = data.stride != null ? data.stride : horizon;
    try (FitBar bar = new FitBar(!running.quiet)) {
      return Optional.of(
          Backtest.run(
              kernels, forecaster, series, horizon, data.origins, stride, data.seeds, bar));
    } catch (CancellationException e) {
      return Optional.empty();
    }
  }

  private Series read(HeldOut heldOut) {
    return SeriesCsv.read(file, columns.names(), data.missing, heldOut, data.decimal);
  }

  private int rowsFromFirstOrigin(int horizon) {
    int stride = data.stride != null ? data.stride : horizon;
    return (int) Math.min(Integer.MAX_VALUE, horizon + (data.origins - 1L) * stride);
  }

  private int season(Series series) {
    if (data.season != null) {
      return data.season;
    }
    int assumed = data.horizon != null ? data.horizon : USUAL_HORIZON;
    while (true) {
      int stride = data.stride != null ? data.stride : assumed;
      long before = series.rows() - assumed - (data.origins - 1L) * stride;
      int season = SeasonOption.of(null, series, (int) Math.max(0, before));
      int horizon = horizon(season);
      // A longer horizon moves the first origin back, and what lies behind it must not be seen.
      if (horizon <= assumed) {
        return season;
      }
      assumed = horizon;
    }
  }

  private int horizon(int season) {
    if (data.horizon != null) {
      return data.horizon;
    }
    return season > 1 ? season : USUAL_HORIZON;
  }

  private void print(BacktestReports report, Kernels kernels, List<String> files) {
    PrintWriter out = spec.commandLine().getOut();
    if (running.json) {
      Map<String, Object> object = report.toJson();
      object.put("seed", training.seed());
      object.put("device", kernels.device().toString());
      object.put("files", files);
      out.println(Json.line(object));
    } else {
      report.print(out);
      out.printf("%nOn %s. Written:%n", kernels.description());
      files.forEach(written -> out.println("  " + written));
    }
    out.flush();
  }
}
