/*
 * Gradient descent, with momentum a [G,P] where momentum > 0:
 *   plain     p -= lr g
 *   momentum  a = momentum*a + g;  p -= lr a
 *   nesterov  a = momentum*a + g;  p -= lr (g + momentum*a)
 * Source: TensorFlow 1 GradientDescentOptimizer and MomentumOptimizer; PyTorch SGD is the same.
 */
#ifndef REFRAIN_SGD_H
#define REFRAIN_SGD_H

#include "optimizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_sgd_args {
  refrain_update update;
  double momentum;    /* 0: plain */
  int32_t nesterov;   /* 1: look ahead */
  float* accumulator; /* [G,P] inout, null when momentum is 0 */
} refrain_sgd_args;

REFRAIN_API int refrain_sgd(refrain_context* context, const refrain_sgd_args* args);

#ifdef __cplusplus
}
#endif
#endif
