/*
 * Gradient descent (sgd.h, plain) on a table of V rows of which a step touches at most R:
 *   p[g,touched[g,k]] -= lr gradient[g,k]   for k < count[g], lr the group's learning_rate
 * Each row appears once (distinct.h); rows that are not touched stay as they are. Source: TensorFlow 1's
 * GradientDescentOptimizer on sparse gradients.
 *
 * Groups that do not run are left untouched. Row numbers outside 0..V-1 are skipped.
 */
#ifndef REFRAIN_ROWS_SGD_H
#define REFRAIN_ROWS_SGD_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_rows_sgd_args {
  int32_t groups;   /* G */
  int32_t rows;     /* V */
  int32_t columns;  /* D */
  int32_t most_touched; /* R */
  refrain_view values;   /* [G,V,D] inout */
  const int32_t* touched; /* [G,R] in */
  const int32_t* count;   /* [G] in */
  refrain_view gradient;  /* [G,R,D] in */
  refrain_step_state state; /* in */
} refrain_rows_sgd_args;

REFRAIN_API int refrain_rows_sgd(refrain_context* context, const refrain_rows_sgd_args* args);

#ifdef __cplusplus
}
#endif
#endif
