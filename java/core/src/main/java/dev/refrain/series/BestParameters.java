package dev.refrain.series;

import dev.refrain.kernels.GroupState;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps, for each network in training, the parameters that did best on the tail of its history,
 * which it does not learn from, and ends its training once it no longer gets better.
 */
final class BestParameters implements AutoCloseable {
  /** Windows of each tail that are looked at, spread evenly. */
  private static final int MOST_WINDOWS = 16;

  private final Trainer trainer;
  private final Network network;
  private final int patience;
  private final int windows;
  private final FrameShape shape;
  private final UnrolledNetwork unrolled;

  /** What the last step of each window should give, {@code [G][N][O]}. */
  private final float[][][] targets;

  private final double[] least;
  private final float[][] best;
  private final int[] looksSince;

  /**
   * Prepares to look.
   *
   * @param trainer of one group a frame
   * @param frames whole, tails included
   * @param tail rows at the end that are not learnt from
   * @param patience looks without getting better until a network is ended
   */
  BestParameters(Trainer trainer, List<Frame> frames, int window, int tail, int patience) {
    this.trainer = trainer;
    this.patience = patience;
    network = trainer.network();
    shape = frames.get(0).preparation().shape();
    windows = Math.min(MOST_WINDOWS, tail);
    int groups = frames.size();
    least = new double[groups];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    best = new float[groups][];
    looksSince = new int[groups];
    targets = new float[groups][windows][shape.outputs()];
    float[] input = new float[groups * window * windows * shape.inputs()];
    int columns = shape.inputs() + shape.outputs();
    for (int g = 0; g < groups; g++) {
      float[] numbers = frames.get(g).numbers();
      for (int n = 0; n < windows; n++) {
        int last = frames.get(g).rows() - 1 - (int) ((long) n * tail / windows);
        System.arraycopy(
            numbers, last * columns + shape.inputs(), targets[g][n], 0, shape.outputs());
        for (int t = 0; t < window; t++) {
          int to = ((g * window + t) * windows + n) * shape.inputs();
          int from = (last - window + 1 + t) * columns;
          System.arraycopy(numbers, from, input, to, shape.inputs());
        }
      }
    }
    unrolled = network.unroll(window, windows).build();
    unrolled.input().write(input);
  }

  /** Sees how each network does now. */
  void look() {
    unrolled.forward();
    float[] output = unrolled.output().read();
    List<GroupState> states = trainer.state().read();
    for (int g = 0; g < best.length; g++) {
      if (states.get(g).status() != GroupState.Status.RUNNING) {
        continue;
      }
      double error = error(output, g);
      if (error < least[g]) {
        least[g] = error;
        best[g] = network.read(g);
        looksSince[g] = 0;
      } else if (++looksSince[g] >= patience) {
        trainer.state().write(g, states.get(g).status(GroupState.Status.ENDED));
      }
    }
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

  /** Gives each network its best parameters. */
  void restore() {
    for (int g = 0; g < best.length; g++) {
      if (best[g] != null) {
        network.write(g, best[g]);
      }
    }
  }

  @Override
  public void close() {
    unrolled.close();
  }
}
