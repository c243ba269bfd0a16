/*
 * Sampled losses of a batch of N pairs (input, label) against S candidates that all pairs share, with
 * their gradients, on the rows of two tables that the batch names (distinct.h):
 *   x_n     row of the embeddings: input_rows[slot of input n]
 *   w_c,b_c row of the weights and bias: class_rows[slot of class c], where class_slots [G,N+S] holds the
 *           labels first, then the candidates
 *   true     l_n  = x_n . w_label(n) + b_label(n) - log Q(label(n))
 *   sampled  l_ns = x_n . w_s + b_s - log Q(s)
 *   loss     mean over n of
 *     NCE      ce(l_n, 1) + sum over s of ce(l_ns, 0),  ce(l, z) = max(l, 0) - l z + log1p(e^-|l|):
 *              noise-contrastive estimation (Gutmann & Hyvarinen 2010), TensorFlow's nn.nce_loss
 *     SOFTMAX  log(e^l_n + sum over s of e^l_ns) - l_n: softmax cross-entropy against the candidates alone
 *              (Jean et al. 2015), TensorFlow's nn.sampled_softmax_loss
 *   gradients  d_embeddings[g,k] for input_rows[k], d_weights[g,k] and d_biases[g,k] for class_rows[k]:
 *            pairs and candidates of the same row are added; assigned for k < count, not touched beyond
 * log Q of the class in slot k is log_expected[g,k]; absent: 0 (negative sampling, Mikolov et al. 2013).
 * A candidate that is the pair's own label counts, unless remove_hits: then it is left out of that pair.
 * TensorFlow leaves the mean over the batch to its caller, counts hits in nce_loss and leaves them out of
 * sampled_softmax_loss.
 *
 * A pair or candidate whose slot lies outside 0..count-1, or whose row lies outside its table, makes the
 * loss NaN and adds nothing. Writes state.group[g].loss, history and status as loss.h does. The loss is
 * summed in double over pairs' float32 terms, all sums in a fixed order.
 */
#ifndef REFRAIN_NCE_H
#define REFRAIN_NCE_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_sampled_loss { REFRAIN_SAMPLED_NCE = 0, REFRAIN_SAMPLED_SOFTMAX = 1 };

typedef struct refrain_nce_args {
  int32_t groups;      /* G */
  int32_t batch;       /* N */
  int32_t samples;     /* S */
  int32_t columns;     /* D */
  int32_t words;       /* rows of the embeddings */
  int32_t classes;     /* rows of weights and biases */
  int32_t loss;        /* refrain_sampled_loss */
  int32_t remove_hits;
  refrain_view embeddings; /* [G,words,D] in */
  refrain_view weights;    /* [G,classes,D] in */
  refrain_view biases;     /* [G,classes,1] in; may lie behind the weights' columns */
  const int32_t* input_rows;  /* [G,N] in */
  const int32_t* input_count; /* [G] in */
  const int32_t* input_slots; /* [G,N] in */
  const int32_t* class_rows;  /* [G,N+S] in */
  const int32_t* class_count; /* [G] in */
  const int32_t* class_slots; /* [G,N+S] in */
  const float* log_expected;  /* [G,N+S] in, by slot; may be absent */
  refrain_view d_embeddings;  /* [G,N,D] out */
  refrain_view d_weights;     /* [G,N+S,D] out */
  refrain_view d_biases;      /* [G,N+S,1] out; may lie behind d_weights' columns */
  refrain_step_state state;   /* inout */
} refrain_nce_args;

REFRAIN_API int refrain_nce(refrain_context* context, const refrain_nce_args* args);

#ifdef __cplusplus
}
#endif
#endif
