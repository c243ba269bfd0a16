package dev.refrain.network;

import dev.refrain.io.NpyArray;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * TensorFlow 1's cells as their sources read, {@code concat([x, h]) · kernel + bias} cut into
 * blocks, in double: the other side of the files that are exported. One sequence; shares nothing
 * with the library's conversion.
 */
final class TensorFlowCells {
  private final Map<String, NpyArray> variables;
  private final DoubleUnaryOperator activation;
  private final double forgetBias;
  private final double cellClip;

  TensorFlowCells(
      Map<String, NpyArray> variables,
      DoubleUnaryOperator activation,
      double forgetBias,
      double cellClip) {
    this.variables = variables;
    this.activation = activation;
    this.forgetBias = forgetBias;
    this.cellClip = cellClip;
  }

  /** {@code dynamic_rnn} of the cell whose variables stand in a scope: [T][inputs] to [T][Q]. */
  double[][] run(String scope, double[][] x, boolean reverse) {
    double[][] y = new double[x.length][];
    double[] h = new double[outputs(scope)];
    double[] c = new double[variables.containsKey(scope + "bias") ? bias(scope).length / 4 : 0];
    for (int i = 0; i < x.length; i++) {
      int t = reverse ? x.length - 1 - i : i;
      if (scope.endsWith("gru_cell/")) {
        h = gru(scope, x[t], h);
      } else if (scope.endsWith("lstm_cell/")) {
        h = lstm(scope, x[t], h, c);
      } else {
        h = map(dense(scope, join(x[t], h)));
      }
      y[t] = h;
    }
    return y;
  }

  /** {@code tf.layers.dense} at every step. */
  double[][] dense(String scope, double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      y[t] = dense(scope, x[t]);
    }
    return y;
  }

  /** What {@code tf.concat} makes of both directions. */
  static double[][] beside(double[][] forward, double[][] backward) {
    double[][] both = new double[forward.length][];
    for (int t = 0; t < both.length; t++) {
      both[t] = join(forward[t], backward[t]);
    }
    return both;
  }

  private int outputs(String scope) {
    if (variables.containsKey(scope + "projection/kernel")) {
      return variables.get(scope + "projection/kernel").shape().get(1).intValue();
    }
    if (scope.endsWith("gru_cell/")) {
      return variables.get(scope + "candidate/bias").shape().get(0).intValue();
    }
    return bias(scope).length / (scope.endsWith("lstm_cell/") ? 4 : 1);
  }

  private double[] bias(String scope) {
    return variables.get(scope + "bias").doubles();
  }

  private double[] gru(String scope, double[] x, double[] h) {
    double[] gates = dense(scope + "gates/", join(x, h));
    double[] reset = new double[h.length];
    for (int i = 0; i < h.length; i++) {
      reset[i] = sigmoid(gates[i]) * h[i];
    }
    double[] candidate = map(dense(scope + "candidate/", join(x, reset)));
    double[] next = new double[h.length];
    for (int i = 0; i < h.length; i++) {
      double u = sigmoid(gates[h.length + i]);
      next[i] = u * h[i] + (1 - u) * candidate[i];
    }
    return next;
  }

  /** Replaces c. */
  private double[] lstm(String scope, double[] x, double[] h, double[] c) {
    double[] a = dense(scope, join(x, h));
    int n = c.length;
    double[] m = new double[n];
    for (int u = 0; u < n; u++) {
      double i = sigmoid(a[u] + peephole(scope, "w_i_diag", u) * c[u]);
      double j = activation.applyAsDouble(a[n + u]);
      double f = sigmoid(a[2 * n + u] + forgetBias + peephole(scope, "w_f_diag", u) * c[u]);
      c[u] = f * c[u] + i * j;
      if (cellClip > 0) {
        c[u] = Math.max(-cellClip, Math.min(cellClip, c[u]));
      }
      double o = sigmoid(a[3 * n + u] + peephole(scope, "w_o_diag", u) * c[u]);
      m[u] = o * activation.applyAsDouble(c[u]);
    }
    NpyArray projection = variables.get(scope + "projection/kernel");
    return projection == null ? m : times(m, projection);
  }

  private double peephole(String scope, String name, int unit) {
    NpyArray array = variables.get(scope + name);
    return array == null ? 0 : array.doubles()[unit];
  }

  private double[] dense(String scope, double[] x) {
    double[] y = times(x, variables.get(scope + "kernel"));
    double[] bias = bias(scope);
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i];
    }
    return y;
  }

  private static double[] times(double[] x, NpyArray matrix) {
    double[] numbers = matrix.doubles();
    int columns = matrix.shape().get(1).intValue();
    double[] y = new double[columns];
    for (int row = 0; row < x.length; row++) {
      for (int column = 0; column < columns; column++) {
        y[column] += x[row] * numbers[row * columns + column];
      }
    }
    return y;
  }

  private double[] map(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = activation.applyAsDouble(x[i]);
    }
    return y;
  }

  private static double[] join(double[] one, double[] other) {
    double[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
