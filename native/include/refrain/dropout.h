/*
 * Inverted dropout: a dropped element is 0 whatever x is, a kept one x * float(1 / (1 - rate)).
 * Element e = row * columns + column of group g is dropped if word < floor(rate * 2^32), Philox stream DROPOUT + layer, index e (philox.h).
 * The mask is a function of seed, step, layer and e, so backward is the same call on dy -> dx within the
 * same step, and nothing is stored. Source: Srivastava et al. 2014; tf.nn.dropout.
 */
#ifndef REFRAIN_DROPOUT_H
#define REFRAIN_DROPOUT_H

#include "context.h"
#include "philox.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_dropout_args {
  int32_t groups;  /* G */
  int32_t columns;
  int64_t rows;
  int32_t layer;   /* 0..65535 */
  double rate;     /* [0, 1) */
  refrain_view x;  /* [G,rows,columns] in */
  refrain_view y;  /* [G,rows,columns] out, may be x */
  refrain_step_state state; /* in */
} refrain_dropout_args;

REFRAIN_API int refrain_dropout(refrain_context* context, const refrain_dropout_args* args);

#ifdef __cplusplus
}
#endif
#endif
