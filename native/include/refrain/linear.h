/*
 * Linear layer on rows (M = T*N of them): y = x weightᵀ + bias.
 *   x [G,M,I] in   weight [O,I] in   bias [O] in, may be absent   y [G,M,O] out
 *   dweight = dyᵀ x,  dbias = sum of dy's rows (both += if accumulate_parameters),  dx = dy weight
 * Source: PyTorch nn.Linear; TensorFlow 1 layers.dense has the weight transposed.
 */
#ifndef REFRAIN_LINEAR_H
#define REFRAIN_LINEAR_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_linear_args {
  int32_t groups;  /* G */
  int32_t inputs;  /* I */
  int32_t outputs; /* O */
  int64_t rows;    /* M */
  float* parameters;        /* [G,P] in */
  float* gradients;         /* [G,P] out or inout in backward, null in forward */
  int64_t parameter_stride; /* P, or 0 to share parameters between groups in forward */
  int64_t weight;           /* offset within P */
  int64_t bias;             /* offset within P, -1: absent */
  refrain_view x;           /* in, both ways */
  refrain_view y;           /* forward: out */
  refrain_view dy;          /* backward: in */
  refrain_view dx;          /* backward: out, may be absent */
  int32_t accumulate_parameters;
} refrain_linear_args;

REFRAIN_API int refrain_linear_forward(refrain_context* context, const refrain_linear_args* args);
REFRAIN_API int refrain_linear_backward(refrain_context* context, const refrain_linear_args* args);

#ifdef __cplusplus
}
#endif
#endif
