package dev.refrain.kernels.reference;

import dev.refrain.kernels.SgdRows;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;

/** Gradient descent on the touched rows of a table, rows_sgd.h. */
final class RowsSgdReference {
  private RowsSgdReference() {}

  static void update(SgdRows table, TouchedRows touched, View gradients, ReferenceState state) {
    Rows values = Rows.of(table.values());
    Rows slopes = Rows.of(gradients);
    int[] rows = ((ReferenceIndices) touched.rows()).data();
    int[] counts = ((ReferenceIndices) touched.count()).data();
    for (int g = 0; g < table.groups(); g++) {
      if (!state.group(g).runs()) {
        continue;
      }
      double rate = values.round(state.group(g).learningRate);
      for (int k = 0; k < Math.min(counts[g], touched.capacity()); k++) {
        int row = rows[g * touched.capacity() + k];
        if (row < 0 || row >= table.rows()) {
          continue;
        }
        double[] numbers = Rows.copyRow(values, g, row, table.columns());
        double[] gradient = Rows.copyRow(slopes, g, k, table.columns());
        for (int d = 0; d < numbers.length; d++) {
          numbers[d] -= rate * gradient[d];
        }
        values.storeRow(g, row, numbers);
      }
    }
  }
}
