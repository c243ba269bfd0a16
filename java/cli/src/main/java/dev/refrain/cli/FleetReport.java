package dev.refrain.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.io.AtomicFiles;
import dev.refrain.series.Baselines;
import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.Series;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The forecasts of many series, each beside what came true and beside the baselines. */
final class FleetReport {
  private static final int MOST_NAMED = 10;

  private final List<Row> rows = new ArrayList<>();
  private final Map<String, String> failures;

  /**
   * One series.
   *
   * @param series all its rows
   * @param historyRows how many were learnt from
   * @param season in steps, 1 for none
   * @param forecast of the rows that follow
   * @param transformations what was done to its values
   * @param model errors; NaN where nothing is known of what came true
   * @param seasonalNaive errors of the last season again
   * @param lastValue errors of the last value again
   */
  record Row(
      Series series,
      int historyRows,
      int season,
      Forecast forecast,
      String transformations,
      ForecastMetrics model,
      ForecastMetrics seasonalNaive,
      ForecastMetrics lastValue) {
    String name() {
      return series.names().get(0);
    }

    String label(int step) {
      int row = historyRows + step;
      return series.times().map(times -> times.label(row)).orElse(Integer.toString(row + 1));
    }
  }

  FleetReport(Map<String, String> failures) {
    this.failures = failures;
  }

  void add(Series series, int historyRows, int season, Forecast forecast, String transformations) {
    double[] values = series.column(0);
    double[] history = Arrays.copyOf(values, historyRows);
    double[] actual =
        Arrays.copyOfRange(
            values, historyRows, Math.min(values.length, historyRows + forecast.values().length));
    int repeated = Math.min(season, historyRows);
    rows.add(
        new Row(
            series,
            historyRows,
            season,
            forecast,
            transformations,
            metrics(actual, forecast.values(), history, season),
            metrics(
                actual,
                Baselines.seasonalNaive(history, repeated, forecast.values().length),
                history,
                season),
            metrics(
                actual, Baselines.lastValue(history, forecast.values().length), history, season)));
  }

  /** Names of the series that were forecast. */
  List<String> names() {
    return rows.stream().map(Row::name).toList();
  }

  /** Pictures of them; only where there is one. */
  FleetCharts charts() {
    return new FleetCharts(rows);
  }

  private static ForecastMetrics metrics(
      double[] actual, double[] forecast, double[] history, int season) {
    return actual.length == 0
        ? new ForecastMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN)
        : ForecastMetrics.of(actual, Arrays.copyOf(forecast, actual.length), history, season);
  }

  /** A summary. */
  void print(PrintWriter out) {
    out.printf("%d series forecast, %d left out%n", rows.size(), failures.size());
    if (rows.stream().anyMatch(row -> !Double.isNaN(row.model().mase()))) {
      out.printf("%n%-16s %10s %10s %10s%n", "MASE", "mean", "median", "worst");
      line(out, "forecast", row -> row.model().mase());
      line(out, "seasonal naive", row -> row.seasonalNaive().mase());
      line(out, "last value", row -> row.lastValue().mase());
      out.printf("%n%d of %d beat the seasonal naive forecast%n", better(), judged());
    }
    int named = 0;
    for (Map.Entry<String, String> failure : failures.entrySet()) {
      if (named++ == MOST_NAMED) {
        out.printf("... and %d more: see the file of metrics%n", failures.size() - MOST_NAMED);
        break;
      }
      out.printf(
          "%sleft out: '%s': %s%n", named == 1 ? "\n" : "", failure.getKey(), failure.getValue());
    }
  }

  /** A summary for {@code refrain report}. */
  void measure(RunRecord record) {
    record.measured("series forecast", rows.size()).measured("series left out", failures.size());
    if (judged() > 0) {
      record
          .measured("mean MASE", mean(sorted(row -> row.model().mase())))
          .measured("mean MASE, seasonal naive", mean(sorted(row -> row.seasonalNaive().mase())))
          .measured("mean MASE, last value", mean(sorted(row -> row.lastValue().mase())))
          .measured("series better than seasonal naive", (double) better());
    }
  }

  private long better() {
    return rows.stream().filter(row -> row.model().mae() < row.seasonalNaive().mae()).count();
  }

  private long judged() {
    return rows.stream().filter(row -> !Double.isNaN(row.model().mae())).count();
  }

  private void line(PrintWriter out, String name, ToDoubleFunction<Row> error) {
    double[] sorted = sorted(error);
    out.printf(
        "%-16s %10s %10s %10s%n",
        name,
        number(mean(sorted)),
        number(median(sorted)),
        number(sorted.length == 0 ? Double.NaN : sorted[sorted.length - 1]));
  }

  private double[] sorted(ToDoubleFunction<Row> error) {
    return rows.stream().mapToDouble(error).filter(Double::isFinite).sorted().toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double median(double[] sorted) {
    return sorted.length == 0
        ? Double.NaN
        : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  /** The keys of the command's JSON object; the map can take more. */
  Map<String, Object> toJson() {
    Map<String, Object> mase = new LinkedHashMap<>();
    mase.put("model", Json.number(mean(sorted(row -> row.model().mase()))));
    mase.put("seasonalNaive", Json.number(mean(sorted(row -> row.seasonalNaive().mase()))));
    mase.put("lastValue", Json.number(mean(sorted(row -> row.lastValue().mase()))));
    List<Map<String, Object>> series = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("name", row.name());
      each.put("forecast", Json.numbers(row.forecast().values()));
      if (row.forecast().hasIntervals()) {
        each.put("lower", Json.numbers(row.forecast().lower()));
        each.put("upper", Json.numbers(row.forecast().upper()));
        each.put("level", row.forecast().level());
      }
      each.put(
          "times",
          IntStream.range(0, row.forecast().values().length).mapToObj(row::label).toList());
      each.put("transforms", row.transformations());
      each.put("metrics", row.model().asMap());
      series.add(each);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("mase", mase);
    object.put("better", better());
    object.put("series", series);
    object.put("failures", failures);
    return object;
  }

  /** One line a step of each series. */
  void writeForecasts(Path file) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          csv.writeRecord("series", "time", "forecast", "lower", "upper", "actual");
          for (Row row : rows) {
            double[] values = row.series().column(0);
            Forecast forecast = row.forecast();
            for (int step = 0; step < forecast.values().length; step++) {
              int at = row.historyRows() + step;
              csv.writeRecord(
                  row.name(),
                  row.label(step),
                  cell(forecast.values()[step]),
                  forecast.hasIntervals() ? cell(forecast.lower()[step]) : "",
                  forecast.hasIntervals() ? cell(forecast.upper()[step]) : "",
                  at < values.length ? cell(values[at]) : "");
            }
          }
          csv.flush();
        });
  }

  /** One line a series, also of those that were left out. */
  void writeMetrics(Path file) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          csv.writeRecord(
              "series",
              "rows",
              "mae",
              "rmse",
              "smape",
              "mase",
              "mase_seasonal_naive",
              "mase_last_value",
              "transforms",
              "problem");
          for (Row row : rows) {
            csv.writeRecord(
                row.name(),
                Integer.toString(row.historyRows()),
                cell(row.model().mae()),
                cell(row.model().rmse()),
                cell(row.model().smape()),
                cell(row.model().mase()),
                cell(row.seasonalNaive().mase()),
                cell(row.lastValue().mase()),
                row.transformations(),
                "");
          }
          for (Map.Entry<String, String> failure : failures.entrySet()) {
            csv.writeRecord(failure.getKey(), "", "", "", "", "", "", "", "", failure.getValue());
          }
          csv.flush();
        });
  }

  private static String cell(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }
}
