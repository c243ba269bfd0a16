package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;

/** The gated recurrent layer of gru.h, whose letters stand here too. */
final class GruReference {
  /** The gates in the order of their blocks of rows. */
  private enum Gate {
    R,
    Z,
    N
  }

  private final GruCell cell;
  private final CellShape shape;
  private final int hidden;
  private final CellWeights weights;

  /** One group's layer. */
  private GruReference(GruCell cell, CellShape shape, CellParameters parameters, int group) {
    this.cell = cell;
    this.shape = shape;
    this.hidden = shape.hidden();
    this.weights = new CellWeights(parameters, group);
  }

  /** What one step computes; the reserve keeps it in this order, {@code [5H]}. */
  private static final class Step {
    final double[] r;
    final double[] z;
    final double[] n;

    /** {@code R_n (r*h) + b_Rn} or, reset after, {@code R_n h + b_Rn}. */
    final double[] m;

    /** h'. */
    final double[] h;

    Step(int hidden) {
      r = new double[hidden];
      z = new double[hidden];
      n = new double[hidden];
      m = new double[hidden];
      h = new double[hidden];
    }

    double[][] parts() {
      return new double[][] {r, z, n, m, h};
    }

    static int size(CellShape s) {
      return 5 * s.hidden();
    }
  }

  static long reserve(CellShape s) {
    return Reserve.size(s, Step.size(s));
  }

  static void forward(GruCell cell, CellShape s, CellParameters parameters, CellSequence q) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Rows y = Rows.of(q.y());
    Rows hy = Rows.of(q.hy());
    Reserve reserve = new Reserve(q.reserve(), s, Step.size(s));
    for (int g = 0; g < s.groups(); g++) {
      GruReference layer = new GruReference(cell, s, parameters, g);
      for (int n = 0; n < s.batch(); n++) {
        double[] h = Rows.copyRow(hx, g, n, s.hidden());
        for (int k = 0; k < sequences.length(g, n); k++) {
          int row = sequences.row(g, n, k);
          Step step = layer.step(x.data, x.start(g, row), h, y);
          h = step.h;
          y.storeRow(g, row, h);
          reserve.save(g, row, step.parts());
        }
        sequences.clearPadding(y, g, n, s.hidden());
        if (hy != null) {
          hy.storeRow(g, n, h);
        }
      }
    }
  }

  /** One step; h' is rounded as {@code stored} rounds, the gates are not. */
  private Step step(double[] x, int xStart, double[] h, Rows stored) {
    Step step = new Step(hidden);
    for (int j = 0; j < hidden; j++) {
      int r = row(Gate.R, j);
      int z = row(Gate.Z, j);
      step.r[j] = Activations.sigmoid(input(r, x, xStart) + weights.recurrent(r, h));
      step.z[j] = Activations.sigmoid(input(z, x, xStart) + weights.recurrent(z, h));
    }
    boolean before = cell.form() == GruForm.RESET_BEFORE;
    double[] seen = before ? product(step.r, h) : h;
    for (int j = 0; j < hidden; j++) {
      int n = row(Gate.N, j);
      step.m[j] = weights.recurrent(n, seen);
      double recurrent = before ? step.m[j] : step.r[j] * step.m[j];
      double an = input(n, x, xStart) + recurrent;
      step.n[j] = Activations.value(cell.activation(), an);
      step.h[j] = stored.round(step.z[j] * h[j] + (1 - step.z[j]) * step.n[j]);
    }
    return step;
  }

  /** Row of unit {@code j} in what has a block of H rows for each gate. */
  private int row(Gate gate, int j) {
    return gate.ordinal() * hidden + j;
  }

  private double input(int row, double[] x, int xStart) {
    return weights.input(row, x, xStart, shape.inputs());
  }

  private static double[] product(double[] a, double[] b) {
    double[] product = new double[a.length];
    for (int j = 0; j < a.length; j++) {
      product[j] = a[j] * b[j];
    }
    return product;
  }

  static void backward(
      GruCell cell, CellShape s, CellParameters parameters, CellSequence q, CellGradients d) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Reserve reserve = new Reserve(q.reserve(), s, Step.size(s));
    Rows dy = Rows.of(d.dy());
    Rows dhy = Rows.of(d.dhy());
    Rows dhx = Rows.of(d.dhx());
    InputGradient dx = new InputGradient(d, s);
    for (int g = 0; g < s.groups(); g++) {
      GruReference layer = new GruReference(cell, s, parameters, g);
      CellGradientSums sums = new CellGradientSums(cell, s);
      for (int n = 0; n < s.batch(); n++) {
        double[] dh = Rows.copyRow(dhy, g, n, s.hidden());
        Step step = new Step(s.hidden());
        Step previous = new Step(s.hidden());
        for (int k = sequences.length(g, n) - 1; k >= 0; k--) {
          int row = sequences.row(g, n, k);
          reserve.load(g, row, step.parts());
          double[] h = Rows.copyRow(hx, g, n, s.hidden());
          if (k > 0) {
            reserve.load(g, sequences.row(g, n, k - 1), previous.parts());
            h = previous.h;
          }
          Rows.addRow(dy, g, row, dh);
          double[] da = new double[3 * s.hidden()];
          dh =
              cell.form() == GruForm.RESET_BEFORE
                  ? layer.resetBefore(step, h, dh, da, sums)
                  : layer.resetAfter(step, h, dh, da, sums);
          sums.addInput(da, x.data, x.start(g, row), s.inputs());
          dx.store(layer.weights, da, g, row);
        }
        dx.clearPadding(sequences, g, n);
        if (dhx != null) {
          dhx.storeRow(g, n, dh);
        }
      }
      sums.store(parameters, g, d.accumulateParameters());
    }
  }

  /**
   * Gradient of h from that of h', {@code dh}, through {@code n = act(W_n x + b_Wn + R_n (r*h) +
   * b_Rn)}; fills {@code da} with that of the preactivations {@code [3H]}.
   */
  private double[] resetBefore(
      Step step, double[] h, double[] dh, double[] da, CellGradientSums sums) {
    candidateAndUpdate(step, h, dh, da);
    double[] dSeen = new double[hidden];
    Products.addTransposed(weights.values, weights.r, hidden, da, row(Gate.N, 0), hidden, dSeen);
    for (int j = 0; j < hidden; j++) {
      da[row(Gate.R, j)] = dSeen[j] * h[j] * step.r[j] * (1 - step.r[j]);
    }
    Products.addOuter(da, 0, row(Gate.N, 0), h, 0, hidden, sums.r);
    Products.addOuter(da, row(Gate.N, 0), hidden, product(step.r, h), 0, hidden, sums.r);
    CellGradientSums.addTo(sums.bR, da);

    double[] dhBefore = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      dhBefore[j] = dh[j] * step.z[j] + dSeen[j] * step.r[j];
    }
    Products.addTransposed(weights.values, weights.r, hidden, da, 0, row(Gate.N, 0), dhBefore);
    return dhBefore;
  }

  /** As {@link #resetBefore}, through {@code n = act(W_n x + b_Wn + r*(R_n h + b_Rn))}. */
  private double[] resetAfter(
      Step step, double[] h, double[] dh, double[] da, CellGradientSums sums) {
    candidateAndUpdate(step, h, dh, da);
    double[] dRecurrent = new double[3 * hidden];
    for (int j = 0; j < hidden; j++) {
      double dan = da[row(Gate.N, j)];
      da[row(Gate.R, j)] = dan * step.m[j] * step.r[j] * (1 - step.r[j]);
      dRecurrent[row(Gate.R, j)] = da[row(Gate.R, j)];
      dRecurrent[row(Gate.Z, j)] = da[row(Gate.Z, j)];
      dRecurrent[row(Gate.N, j)] = dan * step.r[j];
    }
    sums.addRecurrent(dRecurrent, h);
    double[] dhBefore = weights.recurrentGradient(dRecurrent, hidden);
    for (int j = 0; j < hidden; j++) {
      dhBefore[j] += dh[j] * step.z[j];
    }
    return dhBefore;
  }

  /** The parts of {@code da} that do not depend on the form: z and n. */
  private void candidateAndUpdate(Step step, double[] h, double[] dh, double[] da) {
    for (int j = 0; j < hidden; j++) {
      da[row(Gate.Z, j)] = dh[j] * (h[j] - step.n[j]) * step.z[j] * (1 - step.z[j]);
      double dn = dh[j] * (1 - step.z[j]);
      da[row(Gate.N, j)] = dn * Activations.slope(cell.activation(), step.n[j]);
    }
  }
}
