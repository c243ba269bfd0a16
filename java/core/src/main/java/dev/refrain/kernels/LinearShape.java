package dev.refrain.kernels;

/**
 * Sizes of a linear layer.
 *
 * @param groups G
 * @param rows M, usually T·N
 * @param inputs I
 * @param outputs O
 */
public record LinearShape(int groups, long rows, int inputs, int outputs) {

  public LinearShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(rows, "rows");
    Arguments.positive(inputs, "inputs");
    Arguments.positive(outputs, "outputs");
  }
}
