package dev.refrain.kernels;

/** Where a GRU's reset gate acts on the recurrent part of the candidate. */
public enum GruForm {
  /** {@code n = act(W_n x + b_Wn + R_n (r∘h) + b_Rn)}: Cho et al. 2014, TensorFlow 1 GRUCell. */
  RESET_BEFORE,
  /** {@code n = act(W_n x + b_Wn + r∘(R_n h + b_Rn))}: cuDNN, PyTorch. */
  RESET_AFTER
}
