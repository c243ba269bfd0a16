package dev.refrain.cli.tutorial;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.series.Series;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The pictures of {@link Milk}. */
final class MilkCharts {
  private static final String POUNDS = "milk, pounds per cow and month";

  /** Years before the generated months that are shown with them. */
  private static final int YEARS_SHOWN = 3;

  /** Of several cells the generated months are what there is to see, and need the room. */
  private static final int YEARS_COMPARED = 1;

  private static final int MONTHS = 12;

  private final Series series;
  private final double[] values;
  private final int trainingRows;

  MilkCharts(Series series) {
    this.series = series;
    this.values = series.column(0);
    this.trainingRows = Milk.trainingRows(series);
  }

  /** All months: those that are learnt from, and those that are held out. */
  Figure data() {
    return new Figure(
        chart("Monthly milk production")
            .add("training part", Role.PAST, 0, Arrays.copyOf(values, trainingRows))
            .add("test part", Role.TRUTH, trainingRows - 1, tail(trainingRows - 1)));
  }

  static Figure losses(Map<String, List<PrintedLoss>> losses) {
    return new Figure(TutorialCharts.losses("mean squared error, scaled to 0–1", losses));
  }

  /** The generated months beside the true ones. */
  Figure generated(double[] generated) {
    return new Figure(
        recent(YEARS_SHOWN).add("generated", Role.PREDICTION, trainingRows, generated));
  }

  /** What several cells generate, beside the true months. */
  Figure comparison(Map<String, Milk.Outcome> outcomes, Map<String, List<PrintedLoss>> losses) {
    LineChart chart = recent(YEARS_COMPARED);
    outcomes.forEach(
        (name, outcome) -> chart.add(name, Role.ALTERNATIVE, trainingRows, outcome.generated()));
    return new Figure(TutorialCharts.losses("mean squared error, scaled to 0–1", losses), chart);
  }

  private LineChart recent(int years) {
    int first = trainingRows - years * MONTHS;
    double low = Arrays.stream(values).min().orElseThrow();
    double high = Arrays.stream(values).max().orElseThrow();
    return chart("Twelve months, generated and true")
        .within(low - (high - low) / 2, high + (high - low) / 2)
        .add("training part", Role.PAST, first, Arrays.copyOfRange(values, first, trainingRows))
        .add("true months", Role.TRUTH, trainingRows - 1, tail(trainingRows - 1));
  }

  private LineChart chart(String title) {
    return new LineChart(title, "month", POUNDS).over(series.times().orElse(null));
  }

  private double[] tail(int row) {
    return Arrays.copyOfRange(values, row, values.length);
  }
}
