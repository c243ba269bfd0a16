package dev.refrain.kernels;

import java.util.Objects;

/**
 * Long short-term memory cell, gates in the order i, f, g, o:
 *
 * <pre>{@code
 * a  = W x + b_W + R h + b_R                     (forget_bias is added to a_f at run time)
 * i  = σ(a_i + p_i∘c)    f = σ(a_f + p_f∘c)    g = act(a_g)
 * c' = f∘c + i∘g, clipped to ±cellClip
 * o  = σ(a_o + p_o∘c')
 * h' = o∘act(c'), or projection · (o∘act(c'))
 * }</pre>
 *
 * <p>Source: Hochreiter and Schmidhuber 1997; Gers and Schmidhuber 2000 (peepholes); Sak et al.
 * 2014 (projection); TensorFlow 1 BasicLSTMCell and LSTMCell. PyTorch's nn.LSTM is {@link
 * #pytorch()}.
 *
 * @param activation {@code act}, in both places
 * @param forgetBias added to the forget gate at run time
 * @param peepholes whether the gates see the cell state
 * @param cellClip bound of |c'|, or 0 for none
 * @param projection size of the projected output, or 0 for none
 */
public record LstmCell(
    Activation activation, double forgetBias, boolean peepholes, double cellClip, int projection)
    implements Cell {

  public LstmCell {
    Objects.requireNonNull(activation, "activation");
    if (!Double.isFinite(forgetBias)) {
      throw new IllegalArgumentException("forgetBias is " + forgetBias + "; it must be finite");
    }
    if (!(cellClip >= 0 && Double.isFinite(cellClip))) {
      throw new IllegalArgumentException(
          "cellClip is " + cellClip + "; give a positive bound, or 0 for none");
    }
    if (projection < 0) {
      throw new IllegalArgumentException(
          "projection is " + projection + "; give a positive size, or 0 for none");
    }
  }

  /** TensorFlow 1's BasicLSTMCell: forget bias 1, nothing optional. */
  public LstmCell(Activation activation) {
    this(activation, 1.0, false, 0.0, 0);
  }

  /** PyTorch's nn.LSTM: tanh, forget bias 0. */
  public static LstmCell pytorch() {
    return new LstmCell(Activation.TANH, 0.0, false, 0.0, 0);
  }

  @Override
  public int gates() {
    return 4;
  }

  @Override
  public int outputs(int hidden) {
    return projection == 0 ? hidden : projection;
  }

  @Override
  public boolean hasCellState() {
    return true;
  }

  @Override
  public boolean hasPeepholes() {
    return peepholes;
  }

  @Override
  public boolean hasProjection() {
    return projection > 0;
  }

  @Override
  public long reserveSize(Kernels kernels, CellShape shape) {
    return kernels.lstmReserve(this, shape);
  }

  @Override
  public void forward(
      Kernels kernels, CellShape shape, CellParameters parameters, CellSequence sequence) {
    kernels.lstmForward(this, shape, parameters, sequence);
  }

  @Override
  public void backward(
      Kernels kernels,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    kernels.lstmBackward(this, shape, parameters, sequence, gradients);
  }
}
