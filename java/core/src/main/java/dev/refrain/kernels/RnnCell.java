package dev.refrain.kernels;

import java.util.Objects;

/**
 * Vanilla (Elman) cell: {@code h' = act(W x + b_W + R h + b_R)}, {@code y = h'}.
 *
 * <p>Source: TensorFlow 1 BasicRNNCell, PyTorch nn.RNN.
 *
 * @param activation {@code act}; the field's default is {@link Activation#TANH}
 */
public record RnnCell(Activation activation) implements Cell {

  public RnnCell {
    Objects.requireNonNull(activation, "activation");
  }

  @Override
  public int gates() {
    return 1;
  }

  @Override
  public long reserveSize(Kernels kernels, CellShape shape) {
    return kernels.rnnReserve(this, shape);
  }

  @Override
  public void forward(
      Kernels kernels, CellShape shape, CellParameters parameters, CellSequence sequence) {
    kernels.rnnForward(this, shape, parameters, sequence);
  }

  @Override
  public void backward(
      Kernels kernels,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    kernels.rnnBackward(this, shape, parameters, sequence, gradients);
  }
}
