package dev.refrain.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.refrain.cli.chart.ForecastChart;
import dev.refrain.io.AtomicFiles;
import dev.refrain.series.Baselines;
import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastMetrics;
import dev.refrain.series.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A forecast beside what came true and beside forecasts that need no model.
 *
 * @param series all rows of the file
 * @param historyRows how many of them were learnt from
 * @param season in steps, 1 for none
 * @param prediction of the rows that follow, with intervals where they are known
 */
record ForecastReport(Series series, int historyRows, int season, Forecast prediction) {
  /** The forecast itself. */
  double[] forecast() {
    return prediction.values();
  }

  /** The rows that were learnt from. */
  double[] history() {
    return Arrays.copyOf(series.column(0), historyRows);
  }

  /** The true values, as far as the file knows them. */
  double[] actual() {
    int known = Math.min(series.rows() - historyRows, forecast().length);
    return Arrays.copyOfRange(series.column(0), historyRows, historyRows + known);
  }

  /** The last season again and again; without a season, or a whole one to repeat, NaN. */
  double[] seasonalNaive() {
    if (historyRows >= season) {
      return Baselines.seasonalNaive(history(), season, forecast().length);
    }
    double[] unknown = new double[forecast().length];
    Arrays.fill(unknown, Double.NaN);
    return unknown;
  }

  /** The last value again and again. */
  double[] lastValue() {
    return Baselines.lastValue(history(), forecast().length);
  }

  /** How far predictions lie from the true values; NaN where none is known. */
  ForecastMetrics metrics(double[] predictions) {
    double[] actual = actual();
    return actual.length == 0
        ? new ForecastMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN)
        : ForecastMetrics.of(actual, Arrays.copyOf(predictions, actual.length), history(), season);
  }

  /** Whether the forecast, or its interval, is negative, which no value of the history is. */
  boolean fallsBelowZero() {
    double[] least = prediction.hasIntervals() ? prediction.lower() : forecast();
    return Arrays.stream(least).anyMatch(value -> value < 0)
        && Arrays.stream(history()).allMatch(value -> value >= 0);
  }

  /** What a step of the forecast is called: its date, or the number of its row, from 1. */
  String label(int step) {
    int row = historyRows + step;
    return series.times().map(times -> times.label(row)).orElse(Integer.toString(row + 1));
  }

  /**
   * The first keys of the command's JSON object; the map can take more.
   *
   * @return forecast(), actual, metrics and baselines, in this order
   */
  Map<String, Object> toJson() {
    Map<String, Object> baselines = new LinkedHashMap<>();
    baselines.put("seasonalNaive", metrics(seasonalNaive()).asMap());
    baselines.put("lastValue", metrics(lastValue()).asMap());
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("forecast", Json.numbers(forecast()));
    if (prediction.hasIntervals()) {
      object.put("lower", Json.numbers(prediction.lower()));
      object.put("upper", Json.numbers(prediction.upper()));
      object.put("level", prediction.level());
    }
    List<String> times = new ArrayList<>();
    for (int step = 0; step < forecast().length; step++) {
      times.add(label(step));
    }
    object.put("times", times);
    object.put("column", series.names().get(0));
    object.put("season", season);
    object.put("actual", Json.numbers(actual()));
    object.put("metrics", metrics(forecast()).asMap());
    object.put("baselines", baselines);
    return object;
  }

  /**
   * Writes one line a step: its label, the forecast(), the true value where it is known, and the
   * baselines.
   */
  void writeCsv(Path file) throws IOException {
    double[] actual = actual();
    double[] seasonalNaive = seasonalNaive();
    double[] lastValue = lastValue();
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(out);
          String time = series.times().isPresent() ? "time" : "row";
          csv.writeRecord(
              time, "forecast", "actual", "seasonal_naive", "last_value", "lower", "upper");
          for (int step = 0; step < forecast().length; step++) {
            csv.writeRecord(
                label(step),
                cell(forecast()[step]),
                step < actual.length ? cell(actual[step]) : "",
                cell(seasonalNaive[step]),
                cell(lastValue[step]),
                prediction.hasIntervals() ? cell(prediction.lower()[step]) : "",
                prediction.hasIntervals() ? cell(prediction.upper()[step]) : "");
          }
          csv.flush();
        });
  }

  private static String cell(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  /** The picture of it. */
  ForecastChart chart(String title) {
    ForecastChart chart =
        new ForecastChart(
            title,
            series.names().get(0),
            series.column(0),
            series.times().orElse(null),
            historyRows,
            forecast());
    if (prediction.hasIntervals()) {
      chart.within(prediction.level(), prediction.lower(), prediction.upper());
    }
    return historyRows >= season ? chart.with("Seasonal naive", seasonalNaive()) : chart;
  }

  /** What was learnt from, in a sentence. */
  @Override
  public String toString() {
    return "'%s': %d rows%s, %s; learnt from the first %d"
        .formatted(
            series.names().get(0),
            series.rows(),
            series.times().map(times -> ", " + times.frequency()).orElse(""),
            season > 1 ? "season of " + season : "no season",
            historyRows);
  }
}
