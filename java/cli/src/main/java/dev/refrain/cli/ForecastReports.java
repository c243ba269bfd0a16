package dev.refrain.cli;

import dev.refrain.cli.chart.ForecastChart;
import dev.refrain.series.Forecast;
import dev.refrain.series.Series;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The reports of all targets of a forecast; mostly there is one. */
final class ForecastReports {
  private static final String STEM = "forecast";
  private static final int LONGEST_NAME = 60;

  private final List<ForecastReport> reports = new ArrayList<>();

  /**
   * One report a target.
   *
   * @param series its first columns are the targets
   */
  ForecastReports(Series series, int historyRows, int season, List<Forecast> forecasts) {
    for (int target = 0; target < forecasts.size(); target++) {
      reports.add(
          new ForecastReport(alone(series, target), historyRows, season, forecasts.get(target)));
    }
  }

  /** One column of a series, with its times. */
  static Series alone(Series series, int column) {
    double[] values = series.column(column);
    double[][] rows = new double[values.length][];
    Arrays.setAll(rows, row -> new double[] {values[row]});
    return new Series(List.of(series.names().get(column)), rows, series.times().orElse(null));
  }

  /** Files of this name take a number and the target's name where there are several. */
  private String stem(int target) {
    if (reports.size() == 1) {
      return STEM;
    }
    String plain = name(target).replaceAll("[^A-Za-z0-9._-]", "_");
    return STEM
        + "-"
        + (target + 1)
        + "-"
        + plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
  }

  private String name(int target) {
    return reports.get(target).series().names().get(0);
  }

  /** Tables and pictures of all targets, to be written. */
  void addFiles(String title, Map<String, OutputFolder.FileWriter> files) {
    for (int target = 0; target < reports.size(); target++) {
      ForecastReport report = reports.get(target);
      ForecastChart chart = report.chart(title);
      files.put(stem(target) + ".csv", report::writeCsv);
      files.put(stem(target) + ".png", chart::writePng);
      files.put(stem(target) + ".svg", chart::writeSvg);
    }
  }

  /** The first target's keys; where there are several, all of them by name as well. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>(reports.get(0).toJson());
    if (reports.size() > 1) {
      Map<String, Object> targets = new LinkedHashMap<>();
      for (int target = 0; target < reports.size(); target++) {
        targets.put(name(target), reports.get(target).toJson());
      }
      object.put("targets", targets);
    }
    return object;
  }

  void measure(RunRecord record) {
    for (int target = 0; target < reports.size(); target++) {
      ForecastReport report = reports.get(target);
      if (report.actual().length == 0) {
        continue;
      }
      String of = reports.size() == 1 ? "" : ", " + name(target);
      record.measured("MAE" + of, report.metrics(report.forecast()).mae());
      record.measured("RMSE" + of, report.metrics(report.forecast()).rmse());
      record.measured("MASE" + of, report.metrics(report.forecast()).mase());
      record.measured("MASE, seasonal naive" + of, report.metrics(report.seasonalNaive()).mase());
      record.measured("MASE, last value" + of, report.metrics(report.lastValue()).mase());
    }
  }

  /** What was learnt from. */
  @Override
  public String toString() {
    return reports.get(0).toString();
  }

  /**
   * Tables of all targets.
   *
   * @param unbounded whether nothing keeps forecasts from falling below zero
   */
  void printTables(PrintWriter out, boolean unbounded) {
    for (int target = 0; target < reports.size(); target++) {
      out.println();
      if (reports.size() > 1) {
        out.printf("'%s'%n", name(target));
      }
      new ForecastTable(reports.get(target)).print(out);
      if (unbounded && reports.get(target).fallsBelowZero()) {
        out.printf(
            "%nnote: this reaches below 0, where no value of the history is; --minimum 0 ends it"
                + " there%n");
      }
    }
  }
}
