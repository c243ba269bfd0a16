package dev.refrain.cli.tutorial;

import dev.refrain.network.SeriesWindows;
import java.util.Arrays;

/** The notebook's series: 250 points of sin(x), x from 0 to 10, and sequences cut from it. */
final class SineSeries {
  static final int POINTS = 250;

  /** Length of a sequence. */
  static final int STEPS = 30;

  /** Where the sequence begins that the trained network is shown. */
  private static final double INSTANCE_START = 5;

  private static final double END = 10;
  private static final double RESOLUTION = END / POINTS;

  private SineSeries() {}

  /** All points x, as {@code numpy.linspace} spaces them. */
  static double[] x() {
    return linspace(0, END, POINTS);
  }

  /** sin(x) at some points. */
  static double[] at(double... x) {
    return Arrays.stream(x).map(StrictMath::sin).toArray();
  }

  /** Points of the training instance: those of 30 inputs, and that of the last target. */
  static double[] instance() {
    return linspace(INSTANCE_START, INSTANCE_START + RESOLUTION * (STEPS + 1), STEPS + 1);
  }

  /**
   * Sequences that begin at random x, one a training step: inputs, and the same a step later as
   * targets.
   *
   * @param seed of NumPy's generator, from which the notebook drew
   */
  static SeriesWindows sequences(int iterations, long seed) {
    NumpyRandom random = new NumpyRandom(seed);
    int rows = STEPS + 1;
    float[] values = new float[iterations * rows];
    int[] starts = new int[iterations];
    for (int iteration = 0; iteration < iterations; iteration++) {
      double start = random.rand() * (END - STEPS * RESOLUTION);
      starts[iteration] = iteration * rows;
      for (int t = 0; t < rows; t++) {
        values[starts[iteration] + t] = (float) StrictMath.sin(start + t * RESOLUTION);
      }
    }
    return SeriesWindows.shared(values, 1, STEPS, 1).startingAt(starts);
  }

  private static double[] linspace(double from, double to, int count) {
    double[] points = new double[count];
    Arrays.setAll(points, i -> i == count - 1 ? to : from + i * ((to - from) / (count - 1)));
    return points;
  }
}
