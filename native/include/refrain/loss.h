/*
 * Losses over predictions [G,T,N,O], one value a group, and their gradient. With d = prediction - target
 * and the mean over the n elements of the group's valid rows (rows = elements for cross-entropy: n
 * counts rows):
 *   mse    mean d^2                                              gradient 2 d / n
 *   rmse   sqrt(mean d^2)                                        gradient d / (n*rmse), 0 where rmse = 0
 *   mae    mean |d|                                              gradient sign(d) / n, 0 at d = 0
 *   huber  mean (|d| <= delta ? d^2/2 : delta (|d| - delta/2))   gradient clamp(d, -delta, delta) / n
 *   softmax cross-entropy  mean (logsumexp(row) - row[label])    gradient (softmax(row) - onehot) / n
 * Rows at t >= length, and rows with a label below 0, have gradient 0 and do not count; no valid row at
 * all: loss 0, gradient 0. A label of O or more makes the loss and its row of the gradient NaN. Sums
 * are double, in a fixed order. Source: PyTorch's functions of these names; rmse as the lab's
 * tf.sqrt(tf.reduce_mean(tf.square(...))).
 *
 * Writes state.group[g].loss and, if step >= 1, history; a loss that is not finite sets
 * the status NOT_FINITE. A group that does not run keeps its loss, history and status; its gradient is
 * written all the same.
 */
#ifndef REFRAIN_LOSS_H
#define REFRAIN_LOSS_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_loss_kind {
  REFRAIN_MSE = 0,
  REFRAIN_RMSE = 1,
  REFRAIN_MAE = 2,
  REFRAIN_HUBER = 3,
  REFRAIN_SOFTMAX_CROSS_ENTROPY = 4
};

typedef struct refrain_loss_args {
  int32_t kind;   /* refrain_loss_kind */
  int32_t groups; /* G */
  int32_t steps;  /* T */
  int32_t batch;  /* N */
  int32_t outputs; /* O */
  double delta;    /* huber alone, > 0 */
  refrain_view prediction;  /* in: values, or logits for cross-entropy */
  refrain_view target;      /* in, [G,T,N,O]; absent for cross-entropy */
  const int32_t* labels;    /* in, [G,T,N], cross-entropy alone; null otherwise */
  const int32_t* lengths;   /* in, [G,N], may be absent */
  refrain_view gradient;    /* out, [G,T,N,O], may be absent; may be prediction */
  refrain_step_state state; /* inout */
} refrain_loss_args;

REFRAIN_API int refrain_loss(refrain_context* context, const refrain_loss_args* args);

#ifdef __cplusplus
}
#endif
#endif
