package dev.refrain.kernels;

import java.util.Objects;

/**
 * A table of parameters that {@link Kernels#rowsSgd} updates.
 *
 * @param groups G
 * @param rows V
 * @param columns D
 * @param values {@code [G,V,D]} inout
 */
public record SgdRows(int groups, int rows, int columns, View values) {

  public SgdRows {
    Arguments.positive(groups, "groups");
    Arguments.positive(rows, "rows");
    Arguments.positive(columns, "columns");
    Objects.requireNonNull(values, "values");
  }
}
