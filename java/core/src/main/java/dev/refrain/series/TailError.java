package dev.refrain.series;

import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import java.util.ArrayList;
import java.util.List;

/** How well networks in training predict rows that they do not learn from, the tails of frames. */
final class TailError implements AutoCloseable {
  /** Windows of each tail that are looked at, spread evenly. */
  private static final int MOST_WINDOWS = 16;

  private final FrameShape shape;
  private final int windows;
  private final UnrolledNetwork unrolled;

  /** What the last step of each window should give, {@code [G][N][O]}. */
  private final float[][][] targets;

  /**
   * A window of a frame.
   *
   * @param last its last row
   */
  record Window(Frame frame, int last) {

    /** Windows that end in the tail of a frame. */
    static List<Window> ofTail(Frame frame, int tail) {
      List<Window> all = new ArrayList<>();
      int count = Math.min(MOST_WINDOWS, tail);
      for (int n = 0; n < count; n++) {
        all.add(new Window(frame, frame.rows() - 1 - (int) ((long) n * tail / count)));
      }
      return all;
    }
  }

  /**
   * Prepares to measure.
   *
   * @param length T of the windows
   * @param of equally many windows for each group
   */
  TailError(Network network, int length, List<List<Window>> of) {
    shape = of.get(0).get(0).frame().preparation().shape();
    windows = of.get(0).size();
    targets = new float[of.size()][windows][shape.outputs()];
    float[] input = new float[of.size() * length * windows * shape.inputs()];
    int columns = shape.inputs() + shape.outputs();
    for (int g = 0; g < of.size(); g++) {
      for (int n = 0; n < windows; n++) {
        Window window = of.get(g).get(n);
        float[] numbers = window.frame().numbers();
        System.arraycopy(
            numbers, window.last() * columns + shape.inputs(), targets[g][n], 0, shape.outputs());
        for (int t = 0; t < length; t++) {
          int to = ((g * length + t) * windows + n) * shape.inputs();
          int from = (window.last() - length + 1 + t) * columns;
          System.arraycopy(numbers, from, input, to, shape.inputs());
        }
      }
    }
    unrolled = network.unroll(length, windows).build();
    unrolled.input().write(input);
  }

  /** The sum of squared errors of each group, as it is now. */
  double[] errors() {
    unrolled.forward();
    float[] output = unrolled.output().read();
    double[] errors = new double[targets.length];
    for (int g = 0; g < errors.length; g++) {
      errors[g] = error(output, g);
    }
    return errors;
  }

  private double error(float[] output, int group) {
    double sum = 0;
    int steps = unrolled.steps();
    for (int n = 0; n < windows; n++) {
      int row = (group * steps + steps - 1) * windows + n;
      for (int o = 0; o < shape.outputs(); o++) {
        double difference = output[row * shape.outputs() + o] - targets[group][n][o];
        sum += difference * difference;
      }
    }
    return sum;
  }

  @Override
  public void close() {
    unrolled.close();
  }
}
