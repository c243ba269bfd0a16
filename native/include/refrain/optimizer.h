/*
 * What sgd.h, adam.h, rmsprop.h and adagrad.h share: one call updates all parameters of all groups.
 * g is the gradient, p the parameter, lr the group's state.learning_rate (double, rounded where used).
 *   l2 decay:        g += weight_decay * p, before anything else
 *   decoupled decay: p -= lr * weight_decay * p, with p from before the step (AdamW)
 * A group that does not run is left untouched. Gradients are not changed.
 */
#ifndef REFRAIN_OPTIMIZER_H
#define REFRAIN_OPTIMIZER_H

#include "context.h"

enum refrain_decay { REFRAIN_DECAY_NONE = 0, REFRAIN_DECAY_L2 = 1, REFRAIN_DECAY_DECOUPLED = 2 };

typedef struct refrain_update {
  int32_t groups;           /* G */
  int32_t decay;            /* refrain_decay */
  int64_t parameters;       /* P */
  float* values;            /* [G,P] inout */
  const float* gradients;   /* [G,P] in */
  double weight_decay;
  refrain_step_state state; /* in */
} refrain_update;

#endif
