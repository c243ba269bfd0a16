package dev.refrain.cli.tutorial;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pictures of {@link Lab6}. */
final class Lab6Charts {
  private static final String TIME = "time t";
  private static final String VALUE = "t sin(t)/3 + 2 sin(5t)";

  /** A network may run away when it reads what it wrote; the series keeps within ±12. */
  private static final double LARGEST_SHOWN = 20;

  private Lab6Charts() {}

  /** The series, and the sequence that the network is shown, with its targets. */
  static Figure data() {
    double[] series = Lab6Series.times();
    double[] times = Lab6Series.predictionTimes(Lab6.STEPS);
    double[] inputs = Arrays.copyOf(times, Lab6.STEPS);
    double[] targets = Arrays.copyOfRange(times, 1, times.length);
    return new Figure(
        new LineChart("A time series", TIME, VALUE)
            .add("the series", Role.PAST, series, at(series))
            .add("training instance", Role.INPUT, inputs, at(inputs)),
        new LineChart("A training instance", TIME, VALUE)
            .add("instance", Role.INPUT, inputs, at(inputs))
            .add("target", Role.TARGET, targets, at(targets)));
  }

  /** What follows each input, predicted and true; a panel a training. */
  static Figure prediction(Map<String, Lab6.Outcome> outcomes) {
    double[] times = Lab6Series.predictionTimes(Lab6.STEPS);
    double[] inputs = Arrays.copyOf(times, Lab6.STEPS);
    double[] targets = Arrays.copyOfRange(times, 1, times.length);
    return new Figure(
        outcomes.entrySet().stream()
            .map(
                entry ->
                    new LineChart(
                            "Predicted one step ahead, trained on " + entry.getKey(), TIME, VALUE)
                        .add("instance", Role.INPUT, inputs, at(inputs))
                        .add("target", Role.TARGET, targets, at(targets))
                        .add(
                            "prediction",
                            Role.ANSWER,
                            targets,
                            doubles(entry.getValue().prediction())))
            .toArray(LineChart[]::new));
  }

  /** The values generated from zeros, which come first; a panel a training. */
  static Figure generated(Map<String, Lab6.Outcome> outcomes) {
    return new Figure(
        outcomes.entrySet().stream()
            .map(
                entry ->
                    new LineChart("Generated, trained on " + entry.getKey(), "step", "value")
                        .within(-LARGEST_SHOWN, LARGEST_SHOWN)
                        .add("20 zeros", Role.INPUT, 0, new double[Lab6.STEPS])
                        .add(
                            "generated",
                            Role.PREDICTION,
                            Lab6.STEPS,
                            doubles(entry.getValue().generated())))
            .toArray(LineChart[]::new));
  }

  /** How losses fell, on {@code MSE} or {@code RMSE}. */
  static LineChart losses(String lossName, Map<String, Lab6.Outcome> outcomes) {
    Map<String, List<PrintedLoss>> losses = new LinkedHashMap<>();
    outcomes.forEach((name, outcome) -> losses.put(name, outcome.losses()));
    return TutorialCharts.losses(
        lossName.equals("MSE") ? "mean squared error" : "root mean squared error", losses);
  }

  /** The activations beside each other: how the loss fell, and what they predict. */
  static Figure comparison(String lossName, Map<String, Lab6.Outcome> outcomes) {
    double[] times = Lab6Series.predictionTimes(Lab6.STEPS);
    double[] targets = Arrays.copyOfRange(times, 1, times.length);
    LineChart predictions =
        new LineChart("One step ahead of the instance", TIME, VALUE)
            .within(-LARGEST_SHOWN, LARGEST_SHOWN)
            .add("target", Role.TARGET, targets, at(targets));
    outcomes.forEach(
        (name, outcome) ->
            predictions.add(name, Role.ALTERNATIVE, targets, doubles(outcome.prediction())));
    return new Figure(losses(lossName, outcomes), predictions);
  }

  private static double[] at(double... times) {
    return Arrays.stream(times).map(Lab6Series::at).toArray();
  }

  private static double[] doubles(List<Float> values) {
    return values.stream().mapToDouble(Float::doubleValue).toArray();
  }
}
