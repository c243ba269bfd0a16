package dev.refrain.cli;

import dev.refrain.series.Forecast;
import dev.refrain.series.ForecastMetrics;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/** Prints a {@link ForecastReport} for people. */
final class ForecastTable {
  /** So many digits tell the values of a series apart. */
  private static final int SIGNIFICANT_DIGITS = 5;

  private static final int MOST_DECIMALS = 6;
  private static final int NUMBER_WIDTH = 12;
  private static final String UNKNOWN = "-";

  private final ForecastReport report;
  private final int decimals;
  private final int labelWidth;

  ForecastTable(ForecastReport report) {
    this.report = report;
    double largest = Arrays.stream(report.series().column(0)).map(Math::abs).max().orElseThrow();
    int integerDigits = largest < 1 ? 0 : (int) Math.floor(Math.log10(largest)) + 1;
    decimals = Math.min(MOST_DECIMALS, Math.max(0, SIGNIFICANT_DIGITS - integerDigits));
    labelWidth = Math.max("seasonal naive".length(), report.label(0).length());
  }

  void print(PrintWriter out) {
    printValues(out);
    if (report.actual().length > 0) {
      out.println();
      printMetrics(out);
    }
  }

  private void printValues(PrintWriter out) {
    double[] actual = report.actual();
    Forecast prediction = report.prediction();
    String lower = "";
    String upper = "";
    if (prediction.hasIntervals()) {
      lower = "from";
      upper = String.format(Locale.ROOT, "to (%.0f %%)", 100 * prediction.level());
    }
    printLine(out, "", "forecast", "true value", "error", lower, upper);
    for (int step = 0; step < report.forecast().length; step++) {
      double forecast = report.forecast()[step];
      boolean known = step < actual.length;
      printLine(
          out,
          report.label(step),
          number(forecast),
          known ? number(actual[step]) : UNKNOWN,
          known ? number(forecast - actual[step]) : UNKNOWN,
          prediction.hasIntervals() ? number(prediction.lower()[step]) : "",
          prediction.hasIntervals() ? number(prediction.upper()[step]) : "");
    }
  }

  private void printMetrics(PrintWriter out) {
    printLine(out, "", "MAE", "RMSE", "sMAPE", "MASE");
    printMetrics(out, "forecast", report.metrics(report.forecast()));
    printMetrics(out, "seasonal naive", report.metrics(report.seasonalNaive()));
    printMetrics(out, "last value", report.metrics(report.lastValue()));
  }

  private void printMetrics(PrintWriter out, String name, ForecastMetrics metrics) {
    printLine(
        out,
        name,
        number(metrics.mae()),
        number(metrics.rmse()),
        Double.isNaN(metrics.smape())
            ? UNKNOWN
            : String.format(Locale.ROOT, "%.2f %%", metrics.smape()),
        Double.isNaN(metrics.mase())
            ? UNKNOWN
            : String.format(Locale.ROOT, "%.3f", metrics.mase()));
  }

  private String number(double value) {
    return Double.isNaN(value) ? UNKNOWN : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  private void printLine(PrintWriter out, String label, String... cells) {
    StringBuilder line = new StringBuilder(String.format("%-" + labelWidth + "s", label));
    for (String cell : cells) {
      line.append(String.format("%" + NUMBER_WIDTH + "s", cell));
    }
    out.println(line.toString().stripTrailing());
  }
}
