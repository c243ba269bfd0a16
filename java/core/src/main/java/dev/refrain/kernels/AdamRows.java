package dev.refrain.kernels;

import java.util.Objects;

/**
 * A table of parameters that {@link RowsAdam} updates, with what the rule keeps of each row; null
 * stands for absent.
 *
 * @param groups G
 * @param rows V
 * @param columns D
 * @param values {@code [G,V,D]} inout
 * @param m {@code [G,V,D]} inout, first moments
 * @param v {@code [G,V,D]} inout, second moments
 * @param last {@code [G,V]} inout, the step up to which each row is updated; deferred alone
 * @param moments what {@link Kernels#rowsAdamTable} wrote; deferred alone
 */
public record AdamRows(
    int groups,
    int rows,
    int columns,
    View values,
    View m,
    View v,
    IndexBuffer last,
    Buffer moments) {

  public AdamRows {
    Arguments.positive(groups, "groups");
    Arguments.positive(rows, "rows");
    Arguments.positive(columns, "columns");
    Objects.requireNonNull(values, "values");
    Objects.requireNonNull(m, "m");
    Objects.requireNonNull(v, "v");
  }
}
