/*
 * Candidates for sampled losses from the log-uniform (Zipfian) distribution over classes 0..V-1, where
 * class k stands for the k-th most frequent one:
 *   P(k) = log((k + 2) / (k + 1)) / log1p(V)
 *
 * log_uniform draws S different classes by rejection: draw i = 0, 1, ... is
 *   k = (int64(exp(u * log1p(V))) - 1) mod V      u = (word(2i) + (word(2i+1) mod 2^20) * 2^32) / 2^52
 * (Philox stream LOG_UNIFORM), and is taken unless an earlier draw has taken k. Candidates keep the order
 * of the draws; tries is how many draws it took.
 *
 * log_uniform_expected says how often a class was to be expected among them,
 *   log Q(k),   Q(k) = -expm1(tries * log1p(-P(k))),   S * P(k) if tries = S
 * and 0 for an id outside 0..V-1. All in double, log Q rounded once.
 *
 * Source: TensorFlow's LogUniformCandidateSampler with unique = true; 52 bits as its RandDouble.
 */
#ifndef REFRAIN_LOG_UNIFORM_H
#define REFRAIN_LOG_UNIFORM_H

#include "context.h"
#include "philox.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_log_uniform_args {
  int32_t groups;   /* G */
  int32_t classes;  /* V */
  int32_t samples;  /* S, at most V */
  int32_t count;    /* R, expected alone */
  int32_t* sampled; /* [G,S] out, draw alone */
  int32_t* tries;   /* [G] out of the draw, in to expected */
  const int32_t* ids;   /* [G,R] in, expected alone */
  float* log_expected;  /* [G,R] out, expected alone */
  refrain_step_state state; /* in, draw alone */
} refrain_log_uniform_args;

REFRAIN_API int refrain_log_uniform(refrain_context* context, const refrain_log_uniform_args* args);
REFRAIN_API int refrain_log_uniform_expected(refrain_context* context,
                                             const refrain_log_uniform_args* args);

#ifdef __cplusplus
}
#endif
#endif
