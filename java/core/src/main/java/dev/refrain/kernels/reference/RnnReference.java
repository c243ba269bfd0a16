package dev.refrain.kernels.reference;

import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.RnnCell;

/** The vanilla recurrent layer of rnn.h: {@code h' = act(W x + b_W + R h + b_R)}. */
final class RnnReference {
  private RnnReference() {}

  /** The reserve is {@code h'} of each step, {@code [G,T,N,H]}. */
  static long reserve(CellShape s) {
    return Reserve.size(s, s.hidden());
  }

  static void forward(RnnCell cell, CellShape s, CellParameters parameters, CellSequence q) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Rows y = Rows.of(q.y());
    Rows hy = Rows.of(q.hy());
    Reserve reserve = new Reserve(q.reserve(), s, s.hidden());
    for (int g = 0; g < s.groups(); g++) {
      CellWeights weights = new CellWeights(parameters, g);
      for (int n = 0; n < s.batch(); n++) {
        double[] h = Rows.copyRow(hx, g, n, s.hidden());
        for (int k = 0; k < sequences.length(g, n); k++) {
          int row = sequences.row(g, n, k);
          double[] next = new double[s.hidden()];
          for (int j = 0; j < s.hidden(); j++) {
            double a =
                weights.input(j, x.data, x.start(g, row), s.inputs()) + weights.recurrent(j, h);
            next[j] = y.round(Activations.value(cell.activation(), a));
          }
          h = next;
          y.storeRow(g, row, h);
          reserve.save(g, row, h);
        }
        sequences.clearPadding(y, g, n, s.hidden());
        if (hy != null) {
          hy.storeRow(g, n, h);
        }
      }
    }
  }

  static void backward(
      RnnCell cell, CellShape s, CellParameters parameters, CellSequence q, CellGradients d) {
    Sequences sequences = Sequences.of(s, q);
    Rows x = Rows.of(q.x());
    Rows hx = Rows.of(q.hx());
    Reserve reserve = new Reserve(q.reserve(), s, s.hidden());
    Rows dy = Rows.of(d.dy());
    Rows dhy = Rows.of(d.dhy());
    Rows dhx = Rows.of(d.dhx());
    InputGradient dx = new InputGradient(d, s);
    for (int g = 0; g < s.groups(); g++) {
      CellWeights weights = new CellWeights(parameters, g);
      CellGradientSums sums = new CellGradientSums(cell, s);
      for (int n = 0; n < s.batch(); n++) {
        double[] dh = Rows.copyRow(dhy, g, n, s.hidden());
        double[] next = new double[s.hidden()];
        for (int k = sequences.length(g, n) - 1; k >= 0; k--) {
          int row = sequences.row(g, n, k);
          reserve.load(g, row, next);
          double[] h = Rows.copyRow(hx, g, n, s.hidden());
          if (k > 0) {
            reserve.load(g, sequences.row(g, n, k - 1), h);
          }
          Rows.addRow(dy, g, row, dh);
          double[] da = new double[s.hidden()];
          for (int j = 0; j < s.hidden(); j++) {
            da[j] = dh[j] * Activations.slope(cell.activation(), next[j]);
          }
          sums.addInput(da, x.data, x.start(g, row), s.inputs());
          sums.addRecurrent(da, h);
          dx.store(weights, da, g, row);
          dh = weights.recurrentGradient(da, s.hidden());
        }
        dx.clearPadding(sequences, g, n);
        if (dhx != null) {
          dhx.storeRow(g, n, dh);
        }
      }
      sums.store(parameters, g, d.accumulateParameters());
    }
  }
}
