/*
 * Adagrad (Duchi et al. 2011): s += g^2;  p -= lr g / (sqrt(s) + epsilon).
 * Source: TensorFlow 1 AdagradOptimizer (epsilon = 0, s starting at 0.1); PyTorch optim.Adagrad has
 * epsilon = 1e-10 and s starting at 0. Where s and epsilon are both 0 the parameter stays.
 */
#ifndef REFRAIN_ADAGRAD_H
#define REFRAIN_ADAGRAD_H

#include "optimizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_adagrad_args {
  refrain_update update;
  double epsilon;
  float* sum_square; /* s [G,P] inout */
} refrain_adagrad_args;

REFRAIN_API int refrain_adagrad(refrain_context* context, const refrain_adagrad_args* args);

#ifdef __cplusplus
}
#endif
#endif
