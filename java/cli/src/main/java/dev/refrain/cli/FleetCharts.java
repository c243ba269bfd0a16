package dev.refrain.cli;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.series.Baselines;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Pictures of a fleet's forecasts: the errors of all series, and a few series themselves. */
final class FleetCharts {
  /** Points that a curve of all series is drawn with. */
  private static final int MOST_POINTS = 500;

  /** Each is drawn by itself. */
  private static final int MOST_PANELS = 6;

  /** Of what was learnt, in lengths of the forecast, so much is shown. */
  private static final int SHOWN_HORIZONS = 4;

  private static final int LONGEST_NAME = 24;

  private final List<FleetReport.Row> rows;

  /**
   * Begins pictures.
   *
   * @param rows at least one
   */
  FleetCharts(List<FleetReport.Row> rows) {
    this.rows = rows;
  }

  /**
   * The errors of all series, each forecast's sorted, and their ratios to those of the seasonal
   * naive forecast: where that line crosses 1, the forecasts cease to be better. Nothing where
   * nothing is known of what came true.
   */
  Optional<Figure> errors() {
    LineChart errors =
        new LineChart("Errors of all series", "series, from the best to the worst (%)", "MASE")
            .logarithmic();
    addSorted(errors, "Seasonal naive", Role.ALTERNATIVE, row -> row.seasonalNaive().mase());
    addSorted(errors, "Last value", Role.PAST, row -> row.lastValue().mase());
    if (!addSorted(errors, "Forecast", Role.PREDICTION, row -> row.model().mase())) {
      return Optional.empty();
    }
    LineChart ratios =
        new LineChart(
                "Forecast against seasonal naive",
                "series, from the best to the worst (%)",
                "MAE / MAE of seasonal naive")
            .logarithmic();
    if (!addSorted(
        ratios,
        "Forecast",
        Role.PREDICTION,
        row -> row.model().mae() / row.seasonalNaive().mae())) {
      return Optional.of(new Figure(errors));
    }
    ratios.add("As good", Role.TRUTH, new double[] {0, 100}, new double[] {1, 1});
    return Optional.of(Figure.pairs(errors, ratios));
  }

  /** Adds a line, unless it would have no points. */
  private boolean addSorted(
      LineChart chart, String name, Role role, ToDoubleFunction<FleetReport.Row> error) {
    double[] sorted =
        rows.stream()
            .mapToDouble(error)
            .filter(value -> Double.isFinite(value) && value > 0)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      return false;
    }
    int points = Math.min(sorted.length, MOST_POINTS);
    double[] x = new double[points];
    double[] y = new double[points];
    for (int i = 0; i < points; i++) {
      int at = points == 1 ? 0 : (int) ((long) i * (sorted.length - 1) / (points - 1));
      x[i] = sorted.length == 1 ? 50 : 100.0 * at / (sorted.length - 1);
      y[i] = sorted[at];
    }
    chart.add(name, role, x, y);
    return true;
  }

  /**
   * A few series with their forecasts: the best, those in the middle and the worst; all of them
   * where they are few, and some from the first to the last where nothing is known of what came
   * true.
   */
  Figure series() {
    Map<FleetReport.Row, String> chosen = chosen();
    return Figure.pairs(
        chosen.entrySet().stream()
            .map(each -> chart(each.getKey(), each.getValue()))
            .toArray(LineChart[]::new));
  }

  private Map<FleetReport.Row, String> chosen() {
    List<FleetReport.Row> judged =
        rows.stream()
            .filter(row -> Double.isFinite(row.model().mase()))
            .sorted(Comparator.comparingDouble(row -> row.model().mase()))
            .toList();
    Map<FleetReport.Row, String> chosen = new LinkedHashMap<>();
    if (judged.size() < Math.min(rows.size(), MOST_PANELS)) {
      for (int at : spread(rows.size())) {
        chosen.put(rows.get(at), "");
      }
      return chosen;
    }
    int last = judged.size() - 1;
    if (judged.size() <= MOST_PANELS) {
      judged.forEach(row -> chosen.put(row, ""));
    } else {
      chosen.put(judged.get(0), "best: ");
      chosen.put(judged.get(1), "second: ");
      chosen.put(judged.get((last - 1) / 2), "median: ");
      chosen.put(judged.get((last - 1) / 2 + 1), "median: ");
      chosen.put(judged.get(last - 1), "second to last: ");
      chosen.put(judged.get(last), "worst: ");
    }
    return chosen;
  }

  private static int[] spread(int count) {
    int panels = Math.min(count, MOST_PANELS);
    int[] at = new int[panels];
    Arrays.setAll(at, i -> panels == 1 ? 0 : (int) ((long) i * (count - 1) / (panels - 1)));
    return at;
  }

  private static LineChart chart(FleetReport.Row row, String rank) {
    double[] values = row.series().column(0);
    double[] forecast = row.forecast().values();
    int from = Math.max(0, row.historyRows() - SHOWN_HORIZONS * forecast.length);
    int to = Math.min(values.length, row.historyRows() + forecast.length);
    double[] history = Arrays.copyOf(values, row.historyRows());
    double error = row.model().mase();
    String title =
        rank
            + shortened(row.name())
            + (Double.isFinite(error) ? String.format(Locale.ROOT, ", MASE %.3f", error) : "");
    return new LineChart(title, "row", "")
        .over(row.series().times().orElse(null))
        .add(
            "Seasonal naive",
            Role.ALTERNATIVE,
            row.historyRows(),
            Baselines.seasonalNaive(
                history, Math.min(row.season(), history.length), forecast.length))
        .add("True values", Role.TRUTH, from, Arrays.copyOfRange(values, from, to))
        .add("Forecast", Role.PREDICTION, row.historyRows(), forecast);
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }
}
