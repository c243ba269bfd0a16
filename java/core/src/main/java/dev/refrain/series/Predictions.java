package dev.refrain.series;

import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import java.util.List;

/**
 * What networks predict, on their own scale, from the ends of histories: G groups, N histories
 * each, all in one run a step.
 */
final class Predictions {
  private final Network network;
  private final FrameShape shape;
  private final int groups;
  private final int sequences;
  private final int length;

  /** What was read and predicted so far: {@code [G][N][T + steps][values]}. */
  private final float[][][][] values;

  /** What is known ahead, of the same rows and those that follow: {@code [G][N][..][known]}. */
  private final float[][][][] known;

  private Predictions(Network network, List<List<Start>> starts, int horizon) {
    this.network = network;
    groups = starts.size();
    sequences = starts.get(0).size();
    Start first = starts.get(0).get(0);
    shape = first.origin.preparation().shape();
    length = first.origin.window().length;
    int blocks = (horizon + shape.block() - 1) / shape.block();
    int most = length + blocks * shape.block();
    values = new float[groups][sequences][most][shape.values()];
    known = new float[groups][sequences][most][shape.known()];
    for (int g = 0; g < groups; g++) {
      for (int n = 0; n < sequences; n++) {
        starts.get(g).get(n).copyTo(shape, values[g][n], known[g][n]);
      }
    }
  }

  /**
   * Where a forecast starts.
   *
   * @param origin the end of the history
   * @param future what is known of the steps to come, {@code [steps][known]}, scaled; where there
   *     are more steps than that, the last one is taken again
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Start(ForecastOrigin origin, float[][] future) {
    void copyTo(FrameShape shape, float[][] values, float[][] known) {
      float[][] window = origin.window();
      for (int t = 0; t < window.length; t++) {
        System.arraycopy(window[t], 0, values[t], 0, shape.values());
        System.arraycopy(window[t], shape.values(), known[t], 0, shape.known());
      }
      for (int t = window.length; t < known.length && shape.known() > 0; t++) {
        int step = Math.min(t - window.length, future.length - 1);
        System.arraycopy(future[step], 0, known[t], 0, shape.known());
      }
    }
  }

  /**
   * Predicts.
   *
   * @param starts {@code [G][N]}, all windows equally long
   * @return {@code [G][N][targets][horizon]}
   */
  static double[][][][] of(Network network, List<List<Start>> starts, int horizon) {
    Predictions predictions = new Predictions(network, starts, horizon);
    predictions.run();
    return predictions.targets(horizon);
  }

  /**
   * As {@link #of}, but each window is read once, and the state carried along from there. For
   * networks that predict one step at a time.
   */
  static double[][][][] stateful(Network network, List<List<Start>> starts, int horizon) {
    Predictions predictions = new Predictions(network, starts, horizon);
    predictions.runStateful();
    return predictions.targets(horizon);
  }

  private void runStateful() {
    try (UnrolledNetwork window = network.unroll(length, sequences).states().build();
        UnrolledNetwork single = network.unroll(1, sequences).states().build()) {
      float[] input = new float[groups * length * sequences * shape.inputs()];
      fill(input, 0, length);
      window.input().write(input);
      window.forward();
      take(window.output().read(), length, length);
      single.initialState().copyFrom(window.finalState());
      float[] next = new float[groups * sequences * shape.inputs()];
      for (int at = length + 1; at < values[0][0].length; at++) {
        fill(next, at - 1, 1);
        single.input().write(next);
        single.forward();
        take(single.output().read(), 1, at);
        single.carryState();
      }
    }
  }

  private void run() {
    float[] input = new float[groups * length * sequences * shape.inputs()];
    try (UnrolledNetwork unrolled = network.unroll(length, sequences).build()) {
      for (int at = length; at < values[0][0].length; at += shape.block()) {
        fill(input, at - length, length);
        unrolled.input().write(input);
        unrolled.forward();
        take(unrolled.output().read(), length, at);
      }
    }
  }

  /** Takes what came out at the last of some steps as the values of the rows from {@code at} on. */
  private void take(float[] output, int steps, int at) {
    for (int g = 0; g < groups; g++) {
      for (int n = 0; n < sequences; n++) {
        int row = (g * steps + steps - 1) * sequences + n;
        for (int ahead = 0; ahead < shape.block(); ahead++) {
          System.arraycopy(
              output,
              row * shape.outputs() + ahead * shape.predicted(),
              values[g][n][at + ahead],
              0,
              shape.predicted());
        }
      }
    }
  }

  /** Lays so many rows from one on out as {@code [G,T,N,I]}. */
  private void fill(float[] input, int from, int steps) {
    int at = 0;
    for (int g = 0; g < groups; g++) {
      for (int t = from; t < from + steps; t++) {
        for (int n = 0; n < sequences; n++) {
          System.arraycopy(values[g][n][t], 0, input, at, shape.values());
          at += shape.values();
          for (int ahead = 1; ahead <= shape.block(); ahead++) {
            System.arraycopy(known[g][n][t + ahead], 0, input, at, shape.known());
            at += shape.known();
          }
        }
      }
    }
  }

  private double[][][][] targets(int horizon) {
    double[][][][] result = new double[groups][sequences][shape.targets()][horizon];
    for (int g = 0; g < groups; g++) {
      for (int n = 0; n < sequences; n++) {
        for (int target = 0; target < shape.targets(); target++) {
          for (int step = 0; step < horizon; step++) {
            result[g][n][target][step] = values[g][n][length + step][target];
          }
        }
      }
    }
    return result;
  }
}
