package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.LstmCell;

/** The long short-term memory layer of lstm.h, whose letters stand here too. */
final class LstmReference {
  /** The gates in the order of their blocks of rows. */
  private enum Gate {
    I,
    F,
    G,
    O
  }

  private final LstmCell cell;
  private final CellShape shape;
  private final int hidden;
  private final int outputs;
  private final CellWeights weights;
  private final double forgetBias;
  private final double cellClip;

  /** One group's layer. */
  private LstmReference(LstmCell cell, CellShape shape, CellParameters parameters, int group) {
    this.cell = cell;
    this.shape = shape;
    this.hidden = shape.hidden();
    this.outputs = shape.outputs();
    this.weights = new CellWeights(parameters, group);
    ReferenceBuffer values = (ReferenceBuffer) parameters.values();
    this.forgetBias = values.round(cell.forgetBias());
    this.cellClip = values.round(cell.cellClip());
  }

  /** What one step computes; the reserve keeps it in this order, {@code [5H + Q]}. */
  private static final class Step {
    final double[] i;
    final double[] f;
    final double[] g;
    final double[] o;

    /** c' before it is clipped. */
    final double[] c;

    /** h'. */
    final double[] h;

    Step(int hidden, int outputs) {
      i = new double[hidden];
      f = new double[hidden];
      g = new double[hidden];
      o = new double[hidden];
      c = new double[hidden];
      h = new double[outputs];
    }

    double[][] parts() {
      return new double[][] {i, f, g, o, c, h};
    }

    static int size(CellShape s) {
      return 5 * s.hidden() + s.outputs();
    }
  }

  static long reserve(CellShape s) {
    return Reserve.size(s, Step.size(s));
  }

  static void forward(LstmCell cell, CellShape s, CellParameters parameters, CellSequence q) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Rows cx = Rows.of(q.cx());
    Rows y = Rows.of(q.y());
    Rows hy = Rows.of(q.hy());
    Rows cy = Rows.of(q.cy());
    Reserve reserve = new Reserve(q.reserve(), s, Step.size(s));
    for (int g = 0; g < s.groups(); g++) {
      LstmReference layer = new LstmReference(cell, s, parameters, g);
      for (int n = 0; n < s.batch(); n++) {
        double[] h = Rows.copyRow(hx, g, n, s.outputs());
        double[] c = Rows.copyRow(cx, g, n, s.hidden());
        for (int k = 0; k < sequences.length(g, n); k++) {
          int row = sequences.row(g, n, k);
          Step step = layer.step(x.data, x.start(g, row), h, c, y);
          h = step.h;
          c = layer.clipped(step.c);
          y.storeRow(g, row, h);
          reserve.save(g, row, step.parts());
        }
        sequences.clearPadding(y, g, n, s.outputs());
        if (hy != null) {
          hy.storeRow(g, n, h);
        }
        if (cy != null) {
          cy.storeRow(g, n, c);
        }
      }
    }
  }

  /** One step; the states are rounded as {@code stored} rounds, the gates are not. */
  private Step step(double[] x, int xStart, double[] h, double[] c, Rows stored) {
    Step step = new Step(hidden, outputs);
    for (int j = 0; j < hidden; j++) {
      double ai = preactivation(row(Gate.I, j), x, xStart, h) + peephole(Gate.I, j) * c[j];
      double af = preactivation(row(Gate.F, j), x, xStart, h) + peephole(Gate.F, j) * c[j];
      double ag = preactivation(row(Gate.G, j), x, xStart, h);
      step.i[j] = Activations.sigmoid(ai);
      step.f[j] = Activations.sigmoid(af + forgetBias);
      step.g[j] = Activations.value(cell.activation(), ag);
      step.c[j] = stored.round(step.f[j] * c[j] + step.i[j] * step.g[j]);
    }
    double[] clipped = clipped(step.c);
    double[] m = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double ao = preactivation(row(Gate.O, j), x, xStart, h) + peephole(Gate.O, j) * clipped[j];
      step.o[j] = Activations.sigmoid(ao);
      m[j] = step.o[j] * Activations.value(cell.activation(), clipped[j]);
    }
    for (int j = 0; j < outputs; j++) {
      step.h[j] = stored.round(cell.hasProjection() ? projected(j, m) : m[j]);
    }
    return step;
  }

  private double preactivation(int row, double[] x, int xStart, double[] h) {
    return weights.input(row, x, xStart, shape.inputs()) + weights.recurrent(row, h);
  }

  /** Row of unit {@code j} in what has a block of H rows for each gate. */
  private int row(Gate gate, int j) {
    return gate.ordinal() * hidden + j;
  }

  private double peephole(Gate gate, int j) {
    return cell.hasPeepholes() ? weights.values[weights.peepholes + peepholeIndex(gate, j)] : 0;
  }

  /** Place in the peepholes {@code [3, H]}, which g has none of. */
  private int peepholeIndex(Gate gate, int j) {
    return gate == Gate.O ? 2 * hidden + j : row(gate, j);
  }

  private double projected(int row, double[] m) {
    return Products.dot(weights.values, weights.projection + row * hidden, m, 0, hidden);
  }

  private double[] clipped(double[] c) {
    if (cellClip == 0) {
      return c;
    }
    double[] clipped = new double[c.length];
    for (int j = 0; j < c.length; j++) {
      clipped[j] = Math.max(-cellClip, Math.min(c[j], cellClip));
    }
    return clipped;
  }

  private boolean cut(double c) {
    return cellClip > 0 && Math.abs(c) > cellClip;
  }

  static void backward(
      LstmCell cell, CellShape s, CellParameters parameters, CellSequence q, CellGradients d) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Rows cx = Rows.of(q.cx());
    Reserve reserve = new Reserve(q.reserve(), s, Step.size(s));
    Rows dy = Rows.of(d.dy());
    Rows dhy = Rows.of(d.dhy());
    Rows dcy = Rows.of(d.dcy());
    Rows dhx = Rows.of(d.dhx());
    Rows dcx = Rows.of(d.dcx());
    InputGradient dx = new InputGradient(d, s);
    for (int g = 0; g < s.groups(); g++) {
      LstmReference layer = new LstmReference(cell, s, parameters, g);
      CellGradientSums sums = new CellGradientSums(cell, s);
      for (int n = 0; n < s.batch(); n++) {
        double[] dh = Rows.copyRow(dhy, g, n, s.outputs());
        double[] dc = Rows.copyRow(dcy, g, n, s.hidden());
        Step step = new Step(s.hidden(), s.outputs());
        Step previous = new Step(s.hidden(), s.outputs());
        for (int k = sequences.length(g, n) - 1; k >= 0; k--) {
          int row = sequences.row(g, n, k);
          reserve.load(g, row, step.parts());
          double[] h = Rows.copyRow(hx, g, n, s.outputs());
          double[] c = Rows.copyRow(cx, g, n, s.hidden());
          if (k > 0) {
            reserve.load(g, sequences.row(g, n, k - 1), previous.parts());
            h = previous.h;
            c = layer.clipped(previous.c);
          }
          Rows.addRow(dy, g, row, dh);
          double[] da = layer.stepBackward(step, c, dh, dc, sums);
          sums.addInput(da, x.data, x.start(g, row), s.inputs());
          sums.addRecurrent(da, h);
          dx.store(layer.weights, da, g, row);
          dh = layer.weights.recurrentGradient(da, s.outputs());
        }
        dx.clearPadding(sequences, g, n);
        if (dhx != null) {
          dhx.storeRow(g, n, dh);
        }
        if (dcx != null) {
          dcx.storeRow(g, n, dc);
        }
      }
      sums.store(parameters, g, d.accumulateParameters());
    }
  }

  /**
   * Gradient of the preactivations {@code [4H]} of one step from that of h', {@code dh}; turns
   * {@code dc} from the gradient of c' into that of {@code c}.
   */
  private double[] stepBackward(
      Step step, double[] c, double[] dh, double[] dc, CellGradientSums sums) {
    double[] clipped = clipped(step.c);
    double[] dm = unprojected(step, clipped, dh, sums);
    double[] da = new double[4 * hidden];
    for (int j = 0; j < hidden; j++) {
      double act = Activations.value(cell.activation(), clipped[j]);
      double dao = dm[j] * act * step.o[j] * (1 - step.o[j]);
      double dcNext =
          dc[j]
              + dm[j] * step.o[j] * Activations.slope(cell.activation(), act)
              + dao * peephole(Gate.O, j);
      double dcRaw = cut(step.c[j]) ? 0 : dcNext;
      double dai = dcRaw * step.g[j] * step.i[j] * (1 - step.i[j]);
      double daf = dcRaw * c[j] * step.f[j] * (1 - step.f[j]);
      double dag = dcRaw * step.i[j] * Activations.slope(cell.activation(), step.g[j]);
      da[row(Gate.I, j)] = dai;
      da[row(Gate.F, j)] = daf;
      da[row(Gate.G, j)] = dag;
      da[row(Gate.O, j)] = dao;
      dc[j] = dcRaw * step.f[j] + dai * peephole(Gate.I, j) + daf * peephole(Gate.F, j);
      if (cell.hasPeepholes()) {
        sums.peepholes[peepholeIndex(Gate.I, j)] += dai * c[j];
        sums.peepholes[peepholeIndex(Gate.F, j)] += daf * c[j];
        sums.peepholes[peepholeIndex(Gate.O, j)] += dao * clipped[j];
      }
    }
    return da;
  }

  /** Gradient of {@code m = o*act(c')} from that of h', and the projection's own. */
  private double[] unprojected(Step step, double[] clipped, double[] dh, CellGradientSums sums) {
    if (!cell.hasProjection()) {
      return dh;
    }
    double[] m = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      m[j] = step.o[j] * Activations.value(cell.activation(), clipped[j]);
    }
    Products.addOuter(dh, 0, outputs, m, 0, hidden, sums.projection);
    double[] dm = new double[hidden];
    Products.addTransposed(weights.values, weights.projection, hidden, dh, 0, outputs, dm);
    return dm;
  }
}
