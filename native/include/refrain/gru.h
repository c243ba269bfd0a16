/*
 * Gated recurrent unit layer, gates r, z, n (gates = 3):
 *   r = s(W_r x + b_Wr + R_r h + b_Rr)    z = s(W_z x + b_Wz + R_z h + b_Rz)
 *   reset before: n = act(W_n x + b_Wn + R_n (r*h) + b_Rn)
 *   reset after:  n = act(W_n x + b_Wn + r*(R_n h + b_Rn))
 *   h' = z*h + (1-z)*n;  y = h'
 * Source: Cho et al. 2014; reset before is TensorFlow 1 GRUCell (its u is z), reset after is cuDNN's and
 * PyTorch nn.GRU. Shapes, lengths, biases, gradients and reserve: cell.h.
 */
#ifndef REFRAIN_GRU_H
#define REFRAIN_GRU_H

#include "cell.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_gru_form { REFRAIN_RESET_BEFORE = 0, REFRAIN_RESET_AFTER = 1 };

typedef struct refrain_gru_args {
  refrain_cell_shape shape; /* outputs == hidden */
  int32_t activation;       /* refrain_activation of n */
  int32_t form;             /* refrain_gru_form */
  refrain_cell_parameters parameters;
  refrain_cell_sequence sequence;
  refrain_cell_gradients gradient; /* ignored by forward */
} refrain_gru_args;

/* Floats of reserve for all groups. */
REFRAIN_API int64_t refrain_gru_reserve(refrain_context* context, const refrain_gru_args* args);
REFRAIN_API int refrain_gru_forward(refrain_context* context, const refrain_gru_args* args);
REFRAIN_API int refrain_gru_backward(refrain_context* context, const refrain_gru_args* args);

#ifdef __cplusplus
}
#endif
#endif
