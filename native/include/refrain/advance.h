/*
 * Begins a training step in every group that runs: step += 1, beta powers are multiplied by
 * their betas, and learning_rate = base_learning_rate * factor with s = step - 1 (so the first step has
 * s = 0):
 *   constant     1
 *   exponential  rate^(s / period), the exponent floored if staircase
 *   cosine       floor_factor + (1 - floor_factor)/2 * (1 + cos(pi * min(s, period)/period))
 *   step         rate^floor(s / period)
 * All in double. A new state has step 0 and powers 1. Source: tf.train.exponential_decay and
 * cosine_decay; PyTorch StepLR.
 */
#ifndef REFRAIN_ADVANCE_H
#define REFRAIN_ADVANCE_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_schedule_kind {
  REFRAIN_SCHEDULE_CONSTANT = 0,
  REFRAIN_SCHEDULE_EXPONENTIAL = 1,
  REFRAIN_SCHEDULE_COSINE = 2,
  REFRAIN_SCHEDULE_STEP = 3
};

typedef struct refrain_advance_args {
  int32_t schedule;    /* refrain_schedule_kind */
  int32_t staircase;   /* exponential alone */
  double rate;         /* exponential, step */
  double floor_factor; /* cosine: the last factor */
  int64_t period;      /* steps, > 0 unless constant */
  double beta1;        /* Adam's, otherwise 1 */
  double beta2;
  refrain_step_state state; /* inout */
} refrain_advance_args;

REFRAIN_API int refrain_advance(refrain_context* context, const refrain_advance_args* args);

#ifdef __cplusplus
}
#endif
#endif
