package dev.refrain.projection;

import dev.refrain.rows.Workers;

/**
 * Which way to move points: {@code dC/dy_i = 4 Σ_j (p_ij − q_ij) (y_i − y_j) / (1 + |y_i − y_j|²)};
 * van der Maaten and Hinton (2008), equation 5. Each point's sums have their own order, and what is
 * summed over points is summed in the order of the points: threads change no bit.
 */
final class TsneGradient {
  /** Points that a thread takes at once. */
  private static final int TASK_POINTS = 128;

  private final SparseRows similarities;
  private final double squaredTheta;
  private final Workers workers;
  private final int points;
  private final QuadTree tree;
  private final double[] alongX;
  private final double[] alongY;
  private final double[] repulsionX;
  private final double[] repulsionY;
  private final double[] sums;

  /**
   * Makes room.
   *
   * @param theta 0 looks at all pairs
   */
  TsneGradient(SparseRows similarities, double theta, Workers workers) {
    this.similarities = similarities;
    this.squaredTheta = theta * theta;
    this.workers = workers;
    this.points = similarities.rows();
    this.tree = theta > 0 ? new QuadTree(points) : null;
    this.alongX = new double[points];
    this.alongY = new double[points];
    this.repulsionX = new double[points];
    this.repulsionY = new double[points];
    this.sums = new double[points];
  }

  /** The gradient along an axis, as computed last. */
  double[] along(int axis) {
    return axis == 0 ? alongX : alongY;
  }

  /** Computes the gradient at these places, with similarities this much larger. */
  void compute(double[] x, double[] y, double exaggeration) {
    double total = repulsion(x, y);
    forTasks(
        (from, to) -> {
          for (int i = from; i < to; i++) {
            attract(i, x, y, exaggeration, total);
          }
        });
  }

  private void attract(int i, double[] x, double[] y, double exaggeration, double total) {
    double forceX = 0;
    double forceY = 0;
    for (int k = similarities.starts[i]; k < similarities.starts[i + 1]; k++) {
      int j = similarities.columns[k];
      double dx = x[i] - x[j];
      double dy = y[i] - y[j];
      double pull = similarities.values[k] / (1 + dx * dx + dy * dy);
      forceX += pull * dx;
      forceY += pull * dy;
    }
    alongX[i] = 4 * (exaggeration * forceX - repulsionX[i] / total);
    alongY[i] = 4 * (exaggeration * forceY - repulsionY[i] / total);
  }

  /** Fills the repulsions and returns what q is divided by: the sum of all 1/(1 + distance²). */
  private double repulsion(double[] x, double[] y) {
    if (tree == null) {
      forTasks((from, to) -> repelFromAll(x, y, from, to));
    } else {
      tree.build(x, y);
      forTasks(this::repelByTree);
    }
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }

  private void repelFromAll(double[] x, double[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      double forceX = 0;
      double forceY = 0;
      double sum = 0;
      for (int j = 0; j < points; j++) {
        double dx = x[i] - x[j];
        double dy = y[i] - y[j];
        double q = 1 / (1 + dx * dx + dy * dy);
        sum += q;
        forceX += q * q * dx;
        forceY += q * q * dy;
      }
      repulsionX[i] = forceX;
      repulsionY[i] = forceY;
      sums[i] = sum - 1;
    }
  }

  private void repelByTree(int from, int to) {
    QuadTree.Repulsion repulsion = new QuadTree.Repulsion();
    for (int rank = from; rank < to; rank++) {
      tree.repulsion(rank, squaredTheta, repulsion);
      int point = tree.point(rank);
      repulsionX[point] = repulsion.x;
      repulsionY[point] = repulsion.y;
      sums[point] = repulsion.sum;
    }
  }

  /** {@code Σ p log(p/q)} over the pairs that have a similarity. */
  double divergence(double[] x, double[] y) {
    double total = repulsion(x, y);
    double[] parts = new double[points];
    forTasks(
        (from, to) -> {
          for (int i = from; i < to; i++) {
            parts[i] = divergence(i, x, y, total);
          }
        });
    double sum = 0;
    for (double part : parts) {
      sum += part;
    }
    return sum;
  }

  private double divergence(int i, double[] x, double[] y, double total) {
    double sum = 0;
    for (int k = similarities.starts[i]; k < similarities.starts[i + 1]; k++) {
      double p = similarities.values[k];
      if (p > 0) {
        int j = similarities.columns[k];
        double dx = x[i] - x[j];
        double dy = y[i] - y[j];
        sum += p * Math.log(p * total * (1 + dx * dx + dy * dy));
      }
    }
    return sum;
  }

  /** Works on some of the points. */
  private interface Range {
    void run(int from, int to);
  }

  private void forTasks(Range range) {
    int tasks = (points + TASK_POINTS - 1) / TASK_POINTS;
    workers.forEach(
        tasks, task -> range.run(task * TASK_POINTS, Math.min(points, (task + 1) * TASK_POINTS)));
  }
}
