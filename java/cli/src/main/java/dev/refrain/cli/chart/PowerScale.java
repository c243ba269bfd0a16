package dev.refrain.cli.chart;

import java.text.DecimalFormat;
import org.knowm.xchart.XYChart;

/**
 * A logarithmic scale from one of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... to another, so that what
 * lies between 0.02 and 0.05 has all of the height.
 */
final class PowerScale {
  private static final int[] STEPS = {1, 2, 5};

  /** Where there are more powers of ten than these, they alone are named. */
  private static final double MOST_DECADES_IN_STEPS = 2.4;

  /** Of a value and the step it is thought to lie on: rounding. */
  private static final double ALIKE = 1e-9;

  private final double bottom;
  private final double top;

  /**
   * Holds values.
   *
   * @param low smallest, above 0
   * @param high largest
   */
  PowerScale(double low, double high) {
    int below = index(low, true);
    int above = index(high, false);
    // A single value lies in the middle, rather than on the edge.
    boolean single = below == above;
    bottom = Math.max(Double.MIN_NORMAL, step(single ? below - 1 : below));
    top = Math.min(Double.MAX_VALUE, step(single ? above + 1 : above));
  }

  double bottom() {
    return bottom;
  }

  double top() {
    return top;
  }

  /** Which step, counted from 1, lies at a value or next to it. */
  private static int index(double value, boolean below) {
    int index = 3 * (int) Math.floor(Math.log10(value));
    while (step(index) < value * (1 - ALIKE)) {
      index++;
    }
    while (step(index) > value * (1 + ALIKE)) {
      index--;
    }
    boolean on = Math.abs(step(index) - value) <= ALIKE * value;
    return on || below ? index : index + 1;
  }

  private static double step(int index) {
    int power = Math.floorDiv(index, STEPS.length);
    // Parsed, for the number that is written so: 10 to the power of -1 times 2 is another one.
    return Double.parseDouble(STEPS[Math.floorMod(index, STEPS.length)] + "e" + power);
  }

  /** The name of a mark, blank for those between the steps. */
  String label(double mark) {
    DecimalFormat format = ChartStyle.powerFormat(bottom, top);
    int power = (int) Math.floor(Math.log10(mark) + ALIKE);
    double digit = mark / Math.pow(10, power);
    for (int step : STEPS) {
      if (Math.abs(digit - step) < 1e-6 && (step == 1 || inSteps())) {
        return format.format(mark);
      }
    }
    return " ";
  }

  private boolean inSteps() {
    return Math.log10(top / bottom) <= MOST_DECADES_IN_STEPS;
  }

  void apply(XYChart chart) {
    chart
        .getStyler()
        .setYAxisLogarithmic(true)
        .setYAxisLogarithmicDecadeOnly(!inSteps())
        .setYAxisMin(bottom)
        .setYAxisMax(top);
    chart.setCustomYAxisTickLabelsFormatter(this::label);
  }
}
