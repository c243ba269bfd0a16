package dev.refrain.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.series.Backtest;
import dev.refrain.series.Backtest.Origin;
import dev.refrain.series.Baselines;
import dev.refrain.series.Series;
import dev.refrain.series.Transformation;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * A backtest of one target.
 *
 * @param series all rows of the file, of the target alone
 * @param backtest what came out
 */
record BacktestReport(Series series, Backtest backtest) {
  /** So much is shown of what came before the first forecast. */
  private static final int SHOWN_HORIZONS = 2;

  private static final String LINE = "%-22s %8s %8s %8s  %8s %8s   %s%n";

  String name() {
    return series.names().get(0);
  }

  /** What a row is called: its date, or its number, from 1. */
  private String label(int row) {
    return series.times().map(times -> times.label(row)).orElse(Integer.toString(row + 1));
  }

  /** Mean absolute scaled errors, a line an origin and their means. */
  void print(PrintWriter out) {
    out.printf(LINE, "MASE, forecast from", "model", "best", "worst", "seasonal", "last", "");
    out.printf(LINE, "", "mean", "seed", "seed", "naive", "value", "transforms");
    for (Origin origin : backtest.origins()) {
      out.printf(
          LINE,
          label(origin.row()),
          number(origin.model()),
          number(defined(origin).min().orElse(Double.NaN)),
          number(defined(origin).max().orElse(Double.NaN)),
          number(origin.seasonalNaive()),
          number(origin.lastValue()),
          origin.transformations().stream()
              .map(Transformation::toString)
              .collect(Collectors.joining(", ")));
    }
    printMeans(out, "mean", backtest.model(), backtest.seasonalNaive(), backtest.lastValue());
    for (Origin origin : backtest.origins()) {
      origin
          .failures()
          .forEach(
              (seed, why) ->
                  out.printf("left out: from %s, seed %d: %s%n", label(origin.row()), seed, why));
    }
  }

  /** A line of the table without an origin. */
  static void printMeans(
      PrintWriter out, String name, double model, double seasonalNaive, double lastValue) {
    out.printf(LINE, name, number(model), "", "", number(seasonalNaive), number(lastValue), "");
  }

  private static DoubleStream defined(Origin origin) {
    return Arrays.stream(origin.mase()).filter(error -> !Double.isNaN(error));
  }

  /**
   * The means, and those of each origin.
   *
   * @param of what follows the names of the metrics
   */
  void measure(RunRecord record, String of) {
    record.measured("MASE" + of, backtest.model());
    record.measured("MASE, seasonal naive" + of, backtest.seasonalNaive());
    record.measured("MASE, last value" + of, backtest.lastValue());
    for (Origin origin : backtest.origins()) {
      record.measured("MASE from " + label(origin.row()) + of, origin.model());
    }
  }

  static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  /** Errors and origins. */
  Map<String, Object> toJson() {
    List<Map<String, Object>> origins = new ArrayList<>();
    for (Origin origin : backtest.origins()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("from", label(origin.row()));
      each.put("actual", Json.numbers(origin.actual()));
      each.put("forecasts", Arrays.stream(origin.forecasts()).map(Json::numbers).toList());
      each.put("mase", Json.numbers(origin.mase()));
      each.put("seasonalNaive", Json.number(origin.seasonalNaive()));
      each.put("lastValue", Json.number(origin.lastValue()));
      each.put(
          "transformations",
          origin.transformations().stream().map(Transformation::toString).toList());
      each.put("failures", origin.failures());
      origins.add(each);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("mase", means(backtest.model(), backtest.seasonalNaive(), backtest.lastValue()));
    object.put("origins", origins);
    return object;
  }

  static Map<String, Object> means(double model, double seasonalNaive, double lastValue) {
    Map<String, Object> means = new LinkedHashMap<>();
    means.put("model", Json.number(model));
    means.put("seasonalNaive", Json.number(seasonalNaive));
    means.put("lastValue", Json.number(lastValue));
    return means;
  }

  /** The forecasts from all origins, averaged over the seeds, and what came true. */
  LineChart chart(String title) {
    Origin first = backtest.origins().get(0);
    Origin last = backtest.origins().get(backtest.origins().size() - 1);
    int from = Math.max(0, first.row() - SHOWN_HORIZONS * backtest.horizon());
    double[] values = Arrays.copyOfRange(series.column(0), from, last.row() + backtest.horizon());
    int pieces = backtest.origins().size();
    int piece = backtest.horizon() + 1;
    double[] x = new double[pieces * piece];
    double[] model = new double[x.length];
    double[] naive = new double[x.length];
    for (int i = 0; i < pieces; i++) {
      Origin origin = backtest.origins().get(i);
      double[] history = Arrays.copyOf(series.column(0), origin.row());
      double[] repeated =
          Baselines.seasonalNaive(
              history, Math.min(backtest.season(), history.length), backtest.horizon());
      for (int step = 0; step < backtest.horizon(); step++) {
        int own = step;
        x[i * piece + step] = origin.row() + step;
        model[i * piece + step] =
            Arrays.stream(origin.forecasts())
                .mapToDouble(forecast -> forecast[own])
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
        naive[i * piece + step] = repeated[step];
      }
      // A hole, so that forecasts from different origins are not joined.
      x[i * piece + backtest.horizon()] = origin.row() + backtest.horizon() - 1;
      model[i * piece + backtest.horizon()] = Double.NaN;
      naive[i * piece + backtest.horizon()] = Double.NaN;
    }
    return new LineChart(title, "row", name())
        .over(series.times().orElse(null))
        .add("Seasonal naive", Role.ALTERNATIVE, x, naive)
        .add("True values", Role.TRUTH, from, values)
        .add("Forecasts", Role.PREDICTION, x, model);
  }

  /**
   * Writes one line a step of each origin: where from, when, what came true, and each seed's
   * forecast.
   *
   * @param first cells that all lines begin with
   */
  void writeLines(CsvWriter csv, List<String> first) {
    for (Origin origin : backtest.origins()) {
      for (int step = 0; step < backtest.horizon(); step++) {
        List<String> cells = new ArrayList<>(first);
        cells.add(label(origin.row()));
        cells.add(label(origin.row() + step));
        cells.add(Double.toString(origin.actual()[step]));
        for (double[] forecast : origin.forecasts()) {
          cells.add(Double.toString(forecast[step]));
        }
        csv.writeRecord(cells);
      }
    }
  }
}
