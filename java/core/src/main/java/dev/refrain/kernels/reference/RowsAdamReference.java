package dev.refrain.kernels.reference;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/** Adam on the rows of a table, rows_adam.h: a row that has waited takes its steps one by one. */
final class RowsAdamReference {
  private final RowsAdam rule;
  private final AdamRows table;
  private final ReferenceState.Group group;
  private final int g;
  private final Rows values;
  private final Rows m;
  private final Rows v;
  private final double rate1;
  private final double rate2;
  private final double epsilon;

  private RowsAdamReference(RowsAdam rule, AdamRows table, ReferenceState state, int g) {
    this.rule = rule;
    this.table = table;
    this.g = g;
    group = state.group(g);
    values = Rows.of(table.values());
    m = Rows.of(table.m());
    v = Rows.of(table.v());
    rate1 = m.round(1 - rule.adam().beta1());
    rate2 = v.round(1 - rule.adam().beta2());
    epsilon = v.round(rule.adam().epsilon());
  }

  /** The numbers of one row. */
  private static final class Row {
    private double[] p;
    private double[] m;
    private double[] v;
  }

  private Row read(int row) {
    Row numbers = new Row();
    numbers.p = Rows.copyRow(values, g, row, table.columns());
    numbers.m = Rows.copyRow(m, g, row, table.columns());
    numbers.v = Rows.copyRow(v, g, row, table.columns());
    return numbers;
  }

  private void write(int row, Row numbers) {
    values.storeRow(g, row, numbers.p);
    m.storeRow(g, row, numbers.m);
    v.storeRow(g, row, numbers.v);
  }

  /** One step at this rate. */
  private void step(Row row, double rate, double[] gradient) {
    for (int d = 0; d < table.columns(); d++) {
      row.m[d] = m.round(row.m[d] + (gradient[d] - row.m[d]) * rate1);
      row.v[d] = v.round(row.v[d] + (gradient[d] * gradient[d] - row.v[d]) * rate2);
      row.p[d] = values.round(row.p[d] - rate * row.m[d] / (Math.sqrt(row.v[d]) + epsilon));
    }
  }

  /** The rate of any step, from the schedule alone. */
  private double rate(long step) {
    double rate = group.baseLearningRate * AdvanceReference.factor(rule.schedule(), step - 1);
    double correction = Math.sqrt(1 - Math.pow(rule.adam().beta2(), (double) step));
    return rate * correction / (1 - Math.pow(rule.adam().beta1(), (double) step));
  }

  /** Steps without a gradient, one by one, rounded when the row is stored. */
  private void wait(Row row, long last, long until) {
    Adam adam = rule.adam();
    for (long step = last + 1; step <= until; step++) {
      double rate = rate(step);
      for (int d = 0; d < table.columns(); d++) {
        row.m[d] *= adam.beta1();
        row.v[d] *= adam.beta2();
        row.p[d] -= rate * row.m[d] / (Math.sqrt(row.v[d]) + adam.epsilon());
      }
    }
  }

  private int[] last() {
    return ((ReferenceIndices) table.last()).data();
  }

  private int lastIndex(int row) {
    return g * table.rows() + row;
  }

  private boolean deferred() {
    return rule.mode() == RowsAdam.Mode.DEFERRED;
  }

  /** The table's row that stands in a slot; -1 for none. */
  private int touchedRow(TouchedRows touched, int slot) {
    int count = ((ReferenceIndices) touched.count()).data()[g];
    int row = ((ReferenceIndices) touched.rows()).data()[g * touched.capacity() + slot];
    return slot < count && row >= 0 && row < table.rows() ? row : -1;
  }

  static void catchUp(RowsAdam rule, AdamRows table, TouchedRows touched, ReferenceState state) {
    for (int g = 0; g < table.groups(); g++) {
      RowsAdamReference operation = new RowsAdamReference(rule, table, state, g);
      if (operation.deferred() && operation.group.runs()) {
        for (int slot = 0; slot < touched.capacity(); slot++) {
          operation.catchUp(operation.touchedRow(touched, slot));
        }
      }
    }
  }

  private void catchUp(int row) {
    if (row < 0 || last()[lastIndex(row)] >= group.step - 1) {
      return;
    }
    Row numbers = read(row);
    wait(numbers, last()[lastIndex(row)], group.step - 1);
    write(row, numbers);
    last()[lastIndex(row)] = (int) (group.step - 1);
  }

  static void update(
      RowsAdam rule, AdamRows table, TouchedRows touched, View gradients, ReferenceState state) {
    for (int g = 0; g < table.groups(); g++) {
      if (state.group(g).runs()) {
        new RowsAdamReference(rule, table, state, g).update(touched, Rows.of(gradients));
      }
    }
  }

  private void update(TouchedRows touched, Rows gradients) {
    double[][] gradientOf = new double[table.rows()][];
    for (int slot = 0; slot < touched.capacity(); slot++) {
      int row = touchedRow(touched, slot);
      if (row >= 0) {
        gradientOf[row] = Rows.copyRow(gradients, g, slot, table.columns());
      }
    }
    double correction = Math.sqrt(1 - group.beta2Power) / (1 - group.beta1Power);
    double rate = values.round(group.learningRate * correction);
    for (int row = 0; row < table.rows(); row++) {
      if (gradientOf[row] != null || rule.mode() == RowsAdam.Mode.DENSE) {
        double[] gradient = gradientOf[row] == null ? new double[table.columns()] : gradientOf[row];
        Row numbers = read(row);
        step(numbers, rate, gradient);
        write(row, numbers);
        if (deferred()) {
          last()[lastIndex(row)] = (int) group.step;
        }
      }
    }
  }

  static void snapshot(RowsAdam rule, AdamRows table, View target, ReferenceState state) {
    Rows out = Rows.of(target);
    for (int g = 0; g < table.groups(); g++) {
      RowsAdamReference operation = new RowsAdamReference(rule, table, state, g);
      // a group that this step's loss has stopped was not updated in it
      boolean stopped = operation.group.status == GroupState.Status.NOT_FINITE;
      long now = operation.group.step - (stopped ? 1 : 0);
      for (int row = 0; row < table.rows(); row++) {
        Row numbers = operation.read(row);
        if (operation.deferred()) {
          operation.wait(numbers, operation.last()[operation.lastIndex(row)], now);
        }
        out.storeRow(g, row, numbers.p);
      }
    }
  }
}
