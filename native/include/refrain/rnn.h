/*
 * Vanilla (Elman) recurrent layer: h' = act(W x + b_w + R h + b_r), y = h'.
 * Source: TensorFlow 1 BasicRNNCell (any activation); PyTorch nn.RNN (tanh, relu). gates = 1.
 * Shapes, lengths, biases, gradients and reserve: cell.h.
 */
#ifndef REFRAIN_RNN_H
#define REFRAIN_RNN_H

#include "cell.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_rnn_args {
  refrain_cell_shape shape; /* outputs == hidden */
  int32_t activation;       /* refrain_activation */
  refrain_cell_parameters parameters;
  refrain_cell_sequence sequence;
  refrain_cell_gradients gradient; /* ignored by forward */
} refrain_rnn_args;

/* Floats of reserve for all groups. */
REFRAIN_API int64_t refrain_rnn_reserve(refrain_context* context, const refrain_rnn_args* args);
REFRAIN_API int refrain_rnn_forward(refrain_context* context, const refrain_rnn_args* args);
REFRAIN_API int refrain_rnn_backward(refrain_context* context, const refrain_rnn_args* args);

#ifdef __cplusplus
}
#endif
#endif
