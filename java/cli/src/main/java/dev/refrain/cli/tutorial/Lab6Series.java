package dev.refrain.cli.tutorial;

import java.util.Arrays;

/**
 * The series that the lab's network learns to continue: {@code f(t) = t·sin(t)/3 + 2·sin(5t)} for t
 * from 0 to 30, seen every 0.1. Computed in double, given in float32.
 */
public final class Lab6Series {
  private static final double END = 30;
  private static final double RESOLUTION = 0.1;

  /** Where the lab lets the trained network predict. */
  private static final double PREDICTION_START = 12.2;

  private Lab6Series() {}

  /**
   * Sequences to learn from.
   *
   * @param inputs x [steps, batch, 1], time-major
   * @param targets y [steps, batch, 1], the inputs one step later
   */
  @SuppressWarnings("ArrayRecordComponent") // A pair on its way to the device, never compared.
  public record Batch(float[] inputs, float[] targets) {}

  /** The function itself. */
  public static double at(double t) {
    return t * StrictMath.sin(t) / 3 + 2 * StrictMath.sin(5 * t);
  }

  /**
   * Draws the next batch: sequences that begin at random times.
   *
   * @param random advanced by one double a sequence
   * @param batch number of sequences, at least 1
   * @param steps length of a sequence, at least 1
   */
  public static Batch next(NumpyRandom random, int batch, int steps) {
    float[] inputs = new float[steps * batch];
    float[] targets = new float[steps * batch];
    for (int n = 0; n < batch; n++) {
      double start = random.rand() * (END - steps * RESOLUTION);
      for (int t = 0; t < steps; t++) {
        inputs[t * batch + n] = (float) at(start + t * RESOLUTION);
        targets[t * batch + n] = (float) at(start + (t + 1) * RESOLUTION);
      }
    }
    return new Batch(inputs, targets);
  }

  /**
   * The sequence that the trained network is shown: {@code steps + 1} equidistant points from 12.2
   * to 12.2 + 0.1 (steps + 1), as {@code numpy.linspace} spaces them, that is a little wider than
   * in training.
   *
   * @param steps length of the sequence, at least 1
   * @return a batch of one sequence
   */
  public static Batch prediction(int steps) {
    double[] times = predictionTimes(steps);
    float[] inputs = new float[steps];
    float[] targets = new float[steps];
    for (int t = 0; t < steps; t++) {
      inputs[t] = (float) at(times[t]);
      targets[t] = (float) at(times[t + 1]);
    }
    return new Batch(inputs, targets);
  }

  /** Times of {@link #prediction}: those of its inputs, and that of the last target. */
  static double[] predictionTimes(int steps) {
    double end = PREDICTION_START + RESOLUTION * (steps + 1);
    double spacing = (end - PREDICTION_START) / steps;
    double[] times = new double[steps + 1];
    Arrays.setAll(times, t -> PREDICTION_START + t * spacing);
    return times;
  }

  /** Times of the whole series, every 0.1, as the lab draws it. */
  static double[] times() {
    double[] times = new double[(int) (END / RESOLUTION)];
    Arrays.setAll(times, i -> i * END / (times.length - 1));
    return times;
  }
}
