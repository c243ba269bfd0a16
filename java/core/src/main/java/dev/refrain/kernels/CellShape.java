package dev.refrain.kernels;

/**
 * Sizes of one recurrent layer in one direction.
 *
 * @param groups G, independent networks
 * @param steps T
 * @param batch N
 * @param inputs I
 * @param hidden H
 * @param outputs Q: {@code hidden}, or the size of an LSTM's projection
 */
public record CellShape(int groups, int steps, int batch, int inputs, int hidden, int outputs) {

  public CellShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(steps, "steps");
    Arguments.positive(batch, "batch");
    Arguments.positive(inputs, "inputs");
    Arguments.positive(hidden, "hidden");
    Arguments.positive(outputs, "outputs");
  }

  /** The shape of a layer of {@code cell} with {@code hidden} units. */
  public static CellShape of(Cell cell, int groups, int steps, int batch, int inputs, int hidden) {
    return new CellShape(groups, steps, batch, inputs, hidden, cell.outputs(hidden));
  }

  /** T·N, the rows of a sequence. */
  public long rows() {
    return (long) steps * batch;
  }
}
