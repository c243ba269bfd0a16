package dev.refrain.cli.tutorial;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pictures of {@link Sine}. */
final class SineCharts {
  private static final String X = "x";
  private static final String Y = "sin(x)";
  private static final String LOSS = "mean squared error";
  private static final int STEPS = SineSeries.STEPS;

  /** A network may run away when it reads what it wrote. */
  private static final double LARGEST_SHOWN = 3;

  private SineCharts() {}

  /** The series, and the training instance: inputs, and targets a step later. */
  static Figure data() {
    double[] x = SineSeries.x();
    double[] instance = SineSeries.instance();
    double[] inputs = Arrays.copyOf(instance, STEPS);
    double[] targets = Arrays.copyOfRange(instance, 1, STEPS + 1);
    return new Figure(
        new LineChart("The series", X, Y)
            .add("sin(x), 250 points", Role.PAST, x, SineSeries.at(x))
            .add("training instance", Role.INPUT, inputs, SineSeries.at(inputs)),
        new LineChart("A training instance", X, Y)
            .add("instance", Role.INPUT, inputs, SineSeries.at(inputs))
            .add("target, a step later", Role.TARGET, targets, SineSeries.at(targets)));
  }

  /** How the loss fell. */
  static Figure losses(String name, List<PrintedLoss> losses) {
    return new Figure(TutorialCharts.losses(LOSS, Map.of(name, losses)));
  }

  /** What follows the training instance, predicted and true. */
  static Figure prediction(float[] prediction) {
    double[] instance = SineSeries.instance();
    double[] inputs = Arrays.copyOf(instance, STEPS);
    double[] targets = Arrays.copyOfRange(instance, 1, STEPS + 1);
    return new Figure(
        new LineChart("One step ahead of the training instance", X, Y)
            .add("instance", Role.INPUT, inputs, SineSeries.at(inputs))
            .add("target", Role.TARGET, targets, SineSeries.at(targets))
            .add("prediction", Role.ANSWER, targets, TutorialCharts.doubles(prediction)));
  }

  /** What the network goes on with, after zeros and after the first points of the series. */
  static Figure generated(Sine.Outcome outcome) {
    return new Figure(
        generated("Generated from 30 zeros", "30 zeros", outcome.fromZeros()),
        generated("Generated from the first 30 points", "first 30 points", outcome.fromInstance()));
  }

  private static LineChart generated(String title, String seedName, float[] values) {
    double[] x = SineSeries.x();
    double[] y = TutorialCharts.doubles(values);
    return new LineChart(title, X, "value")
        .within(-LARGEST_SHOWN, LARGEST_SHOWN)
        .add("sin(x)", Role.PAST, x, SineSeries.at(x))
        .add(seedName, Role.INPUT, Arrays.copyOf(x, STEPS), Arrays.copyOf(y, STEPS))
        .add(
            "generated",
            Role.PREDICTION,
            Arrays.copyOfRange(x, STEPS - 1, x.length),
            Arrays.copyOfRange(y, STEPS - 1, y.length));
  }

  /** All cells beside each other: how the loss fell, and what they go on with. */
  static Figure comparison(Map<String, Sine.Outcome> outcomes) {
    double[] x = SineSeries.x();
    Map<String, List<PrintedLoss>> losses = new LinkedHashMap<>();
    LineChart generated =
        new LineChart("Generated from the first 30 points", X, "value")
            .within(-LARGEST_SHOWN, LARGEST_SHOWN)
            .add("sin(x)", Role.PAST, x, SineSeries.at(x));
    outcomes.forEach(
        (name, outcome) -> {
          losses.put(name, outcome.losses());
          generated.add(
              name,
              Role.ALTERNATIVE,
              Arrays.copyOfRange(x, STEPS, x.length),
              Arrays.copyOfRange(TutorialCharts.doubles(outcome.fromInstance()), STEPS, x.length));
        });
    return new Figure(TutorialCharts.losses(LOSS, losses), generated);
  }
}
