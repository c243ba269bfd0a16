package dev.refrain.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.io.AtomicFiles;
import dev.refrain.series.Backtest;
import dev.refrain.series.Series;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A backtest for people, programs and spreadsheets: of one target, or of several and of them all.
 */
final class BacktestReports {
  /** Panels of a picture; the table has all targets. */
  private static final int MOST_PANELS = 12;

  private final Series series;

  /** Season, horizon and seeds are the same in all. */
  private final Backtest first;

  private final List<BacktestReport> reports = new ArrayList<>();

  /**
   * One report a target.
   *
   * @param series all rows of the file; its first columns are the targets
   */
  BacktestReports(Series series, List<Backtest> backtests) {
    this.series = series;
    this.first = backtests.get(0);
    for (int target = 0; target < backtests.size(); target++) {
      reports.add(new BacktestReport(ForecastReports.alone(series, target), backtests.get(target)));
    }
  }

  /** Length of the season in steps, 1 for none. */
  int season() {
    return first.season();
  }

  private boolean isOne() {
    return reports.size() == 1;
  }

  /** A table a target, and the means over them. */
  void print(PrintWriter out) {
    out.printf(
        "%s: %d rows%s, %s; %d origins, %d steps from each, %d seeds%n",
        reports.stream().map(each -> "'" + each.name() + "'").collect(Collectors.joining(", ")),
        series.rows(),
        series.times().map(times -> ", " + times.frequency()).orElse(""),
        first.season() > 1 ? "season of " + first.season() : "no season",
        first.origins().size(),
        first.horizon(),
        first.seeds());
    for (BacktestReport report : reports) {
      out.println();
      if (!isOne()) {
        out.printf("'%s'%n", report.name());
      }
      report.print(out);
    }
    if (!isOne()) {
      out.println();
      BacktestReport.printMeans(
          out,
          "mean of " + reports.size() + " targets",
          mean(Backtest::model),
          mean(Backtest::seasonalNaive),
          mean(Backtest::lastValue));
    }
  }

  /** Over the targets whose error is defined: it is scaled, so that they can be compared. */
  private double mean(ToDoubleFunction<Backtest> error) {
    return reports.stream()
        .map(BacktestReport::backtest)
        .mapToDouble(error)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** The means, and those of each target and origin. */
  void measure(RunRecord record) {
    if (isOne()) {
      reports.get(0).measure(record, "");
      return;
    }
    record.measured("MASE", mean(Backtest::model));
    record.measured("MASE, seasonal naive", mean(Backtest::seasonalNaive));
    record.measured("MASE, last value", mean(Backtest::lastValue));
    reports.forEach(report -> report.measure(record, ", " + report.name()));
  }

  /**
   * The keys of the command's JSON object; the map can take more. Where there are several targets,
   * each is an object by its name.
   */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("season", first.season());
    object.put("horizon", first.horizon());
    object.put("seeds", first.seeds());
    if (isOne()) {
      object.put("column", reports.get(0).name());
      object.putAll(reports.get(0).toJson());
      return object;
    }
    object.put(
        "mase",
        BacktestReport.means(
            mean(Backtest::model), mean(Backtest::seasonalNaive), mean(Backtest::lastValue)));
    Map<String, Object> targets = new LinkedHashMap<>();
    reports.forEach(report -> targets.put(report.name(), report.toJson()));
    object.put("targets", targets);
    return object;
  }

  /**
   * The forecasts from all origins and what came true, a panel a target.
   *
   * @param title where there is one target
   */
  Figure chart(String title) {
    if (isOne()) {
      return new Figure(reports.get(0).chart(title));
    }
    return Figure.pairs(
        reports.stream()
            .limit(MOST_PANELS)
            .map(
                report ->
                    report.chart(
                        "%s: MASE %s, seasonal naive %s"
                            .formatted(
                                report.name(),
                                BacktestReport.number(report.backtest().model()),
                                BacktestReport.number(report.backtest().seasonalNaive()))))
            .toArray(LineChart[]::new));
  }

  /** One line a step of each origin, of each target. */
  void writeCsv(Path file) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          List<String> header = new ArrayList<>(isOne() ? List.of() : List.of("target"));
          header.addAll(List.of("from", "time", "actual"));
          IntStream.rangeClosed(1, first.seeds()).forEach(seed -> header.add("forecast_" + seed));
          csv.writeRecord(header);
          for (BacktestReport report : reports) {
            report.writeLines(csv, isOne() ? List.of() : List.of(report.name()));
          }
          csv.flush();
        });
  }
}
