package dev.refrain.kernels;

import java.util.Objects;

/**
 * Gated recurrent unit, gates in the order r, z, n:
 *
 * <pre>{@code
 * r  = σ(W_r x + b_Wr + R_r h + b_Rr)    z = σ(W_z x + b_Wz + R_z h + b_Rz)
 * n  by form, see GruForm
 * h' = z∘h + (1 − z)∘n
 * }</pre>
 *
 * <p>Source: Cho et al. 2014; TensorFlow 1 GRUCell (whose gate u is z), cuDNN and PyTorch nn.GRU.
 *
 * @param activation {@code act} of the candidate n
 * @param form where the reset gate acts
 */
public record GruCell(Activation activation, GruForm form) implements Cell {

  public GruCell {
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(form, "form");
  }

  @Override
  public int gates() {
    return 3;
  }

  @Override
  public long reserveSize(Kernels kernels, CellShape shape) {
    return kernels.gruReserve(this, shape);
  }

  @Override
  public void forward(
      Kernels kernels, CellShape shape, CellParameters parameters, CellSequence sequence) {
    kernels.gruForward(this, shape, parameters, sequence);
  }

  @Override
  public void backward(
      Kernels kernels,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    kernels.gruBackward(this, shape, parameters, sequence, gradients);
  }
}
