/*
 * Pairs of a word and one of its neighbours, out of a text that stays on the device. With C = N / skips
 * centres a step and s = max(step, 1), centre i of the step stands at
 *   p(i) = window + ((s - 1) * C + i) mod (length - 2 * window)                i in 0..C-1
 * so that steps read the text in order and begin again at its end. Pair n = i * skips + j is
 *   inputs[g,n] = text[g, p(i)]     labels[g,n] = text[g, p(i) + offset(n)]    j in 0..skips-1
 * The offsets of a centre are drawn without replacement: of -window..-1, 1..window without those that the
 * centre has had, in ascending order, number (word * left) >> 32, where left is how many they are; Philox
 * stream SKIP_GRAMS, index n (philox.h).
 * Source: generate_batch of TensorFlow's word2vec_basic.py (Mikolov et al. 2013), with the text and the
 * draw on the device; its window runs on round the end of the text, this one does not.
 */
#ifndef REFRAIN_SKIP_GRAMS_H
#define REFRAIN_SKIP_GRAMS_H

#include "context.h"
#include "philox.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { REFRAIN_LARGEST_WINDOW = 32 };

typedef struct refrain_skip_grams_args {
  int32_t groups;       /* G */
  int32_t batch;        /* N, a multiple of skips */
  int32_t window;       /* 1..REFRAIN_LARGEST_WINDOW */
  int32_t skips;        /* 1..2*window */
  int64_t length;       /* words of a text, at least 2*window + 1 */
  const int32_t* text;  /* [G,length] in */
  int64_t text_stride;  /* length, or 0: one text for all groups */
  int32_t* inputs;      /* [G,N] out */
  int32_t* labels;      /* [G,N] out */
  refrain_step_state state; /* in */
} refrain_skip_grams_args;

REFRAIN_API int refrain_skip_grams(refrain_context* context, const refrain_skip_grams_args* args);

#ifdef __cplusplus
}
#endif
#endif
