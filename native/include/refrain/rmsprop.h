/*
 * RMSProp (Tieleman & Hinton 2012): s = rho*s + (1-rho) g^2;  p -= lr g / (sqrt(s) + epsilon).
 * Source: PyTorch optim.RMSprop (epsilon outside the root), s starting at 0.
 */
#ifndef REFRAIN_RMSPROP_H
#define REFRAIN_RMSPROP_H

#include "optimizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_rmsprop_args {
  refrain_update update;
  double rho;
  double epsilon;
  float* mean_square; /* s [G,P] inout */
} refrain_rmsprop_args;

REFRAIN_API int refrain_rmsprop(refrain_context* context, const refrain_rmsprop_args* args);

#ifdef __cplusplus
}
#endif
#endif
