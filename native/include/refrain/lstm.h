/*
 * Long short-term memory layer, gates i, f, g, o (gates = 4):
 *   a = W x + b_w + R h + b_r                      (a_f has forget_bias added)
 *   i = s(a_i + p_i*c)   f = s(a_f + p_f*c)   g = act(a_g)        p: peepholes, where present
 *   c' = f*c + i*g, clipped to [-cell_clip, cell_clip] if cell_clip > 0
 *   o = s(a_o + p_o*c')
 *   h' = o*act(c'), or projection (o*act(c')) where present;  y = h'
 * Where c' was cut, |f*c + i*g| > cell_clip, no gradient passes to f*c + i*g (as tf.clip_by_value).
 * Source: Hochreiter & Schmidhuber 1997, Gers & Schmidhuber 2000 (peepholes), Sak et al. 2014
 * (projection); TensorFlow 1 BasicLSTMCell and LSTMCell; PyTorch nn.LSTM is forget_bias = 0, act = tanh.
 * Shapes, lengths, biases, gradients and reserve: cell.h.
 */
#ifndef REFRAIN_LSTM_H
#define REFRAIN_LSTM_H

#include "cell.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_lstm_args {
  refrain_cell_shape shape; /* outputs != hidden needs parameters.projection */
  int32_t activation;       /* refrain_activation: act, both times */
  double forget_bias;
  double cell_clip; /* 0: none */
  refrain_cell_parameters parameters;
  refrain_cell_sequence sequence;
  refrain_cell_gradients gradient; /* ignored by forward */
} refrain_lstm_args;

/* Floats of reserve for all groups. */
REFRAIN_API int64_t refrain_lstm_reserve(refrain_context* context, const refrain_lstm_args* args);
REFRAIN_API int refrain_lstm_forward(refrain_context* context, const refrain_lstm_args* args);
REFRAIN_API int refrain_lstm_backward(refrain_context* context, const refrain_lstm_args* args);

#ifdef __cplusplus
}
#endif
#endif
