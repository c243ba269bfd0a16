package dev.refrain.cli.tutorial;

import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What the tutorials' pictures have in common. */
final class TutorialCharts {
  private TutorialCharts() {}

  /**
   * How losses fell, on a scale of powers of ten.
   *
   * @param lossName beside the axis
   * @param trainings the losses of each, by its name
   */
  static LineChart losses(String lossName, Map<String, List<PrintedLoss>> trainings) {
    LineChart chart =
        new LineChart("Loss of every 100th iteration", "iteration", lossName).logarithmic();
    trainings.forEach(
        (name, losses) ->
            chart.add(
                name,
                Role.ALTERNATIVE,
                losses.stream().mapToDouble(PrintedLoss::iteration).toArray(),
                losses.stream().mapToDouble(PrintedLoss::value).toArray()));
    return chart;
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
