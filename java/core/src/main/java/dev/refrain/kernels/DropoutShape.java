package dev.refrain.kernels;

/**
 * Sizes of what dropout works on, and which layer it stands behind.
 *
 * @param groups G
 * @param rows rows of each group
 * @param columns columns of each row
 * @param layer number that keeps the masks of different layers apart, 0..65535
 */
public record DropoutShape(int groups, long rows, int columns, int layer) {

  public DropoutShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(rows, "rows");
    Arguments.positive(columns, "columns");
    if (layer < 0 || layer > 65535) {
      throw new IllegalArgumentException("layer is " + layer + "; it must lie in 0..65535");
    }
  }
}
