/*
 * Adam (Kingma & Ba 2015). m and v start at 0; powers of beta come from the step state.
 *   m += (g - m)(1 - beta1)      v += (g^2 - v)(1 - beta2)
 *   tensorflow  p -= lr_t m / (sqrt(v) + epsilon),   lr_t = lr sqrt(1 - beta2^t) / (1 - beta1^t)
 *   pytorch     p -= lr/(1 - beta1^t) m / (sqrt(v)/sqrt(1 - beta2^t) + epsilon)
 * 1 - beta, lr_t and the like are computed in double and rounded to float once.
 * Source: TensorFlow 1 AdamOptimizer (epsilon-hat form); PyTorch optim.Adam and optim.AdamW.
 */
#ifndef REFRAIN_ADAM_H
#define REFRAIN_ADAM_H

#include "optimizer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_adam_form { REFRAIN_ADAM_TENSORFLOW = 0, REFRAIN_ADAM_PYTORCH = 1 };

typedef struct refrain_adam_args {
  refrain_update update;
  double beta1;
  double beta2;
  double epsilon;
  int32_t form; /* refrain_adam_form */
  float* m;     /* [G,P] inout */
  float* v;     /* [G,P] inout */
} refrain_adam_args;

REFRAIN_API int refrain_adam(refrain_context* context, const refrain_adam_args* args);

#ifdef __cplusplus
}
#endif
#endif
