package dev.refrain.kernels;

/** What one recurrent layer computes at each step. The equations stand at each cell. */
public sealed interface Cell permits RnnCell, LstmCell, GruCell {

  /** Number of blocks of {@code hidden} rows in {@code W}, {@code R} and the biases: 1, 3 or 4. */
  int gates();

  /** The function of the candidate values. */
  Activation activation();

  /** Size Q of the output and of the state {@code h} of a layer with {@code hidden} units. */
  default int outputs(int hidden) {
    return hidden;
  }

  /** Whether the cell carries a second state {@code c}, of {@code hidden} units. */
  default boolean hasCellState() {
    return false;
  }

  /** Whether the layer's parameters hold peepholes {@code [3, H]}. */
  default boolean hasPeepholes() {
    return false;
  }

  /** Whether the layer's parameters hold a projection {@code [Q, H]}. */
  default boolean hasProjection() {
    return false;
  }

  /** Floats that {@link #forward} saves for {@link #backward}, for all groups. */
  long reserveSize(Kernels kernels, CellShape shape);

  /** Runs the layer forward on {@code kernels}. */
  void forward(Kernels kernels, CellShape shape, CellParameters parameters, CellSequence sequence);

  /** Runs the layer backward on {@code kernels}, after {@link #forward} with the same sequence. */
  void backward(
      Kernels kernels,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients);
}
