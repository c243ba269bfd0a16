/*
 * Training windows out of a series that stays on the device. Window n of group g starts at row s:
 *   x[g,t,n,i]      = series[g, s + input_shift + t,  input_column + i]      i in 0..I-1
 *   target[g,t,n,o] = series[g, s + target_shift + t, target_column + o]     o in 0..O-1
 * and spans `span` rows, span >= T + the larger shift. Let last = max(0, min(rows_of[g], S) - span); a
 * group with fewer valid rows than span reads on into what is stored behind them. The start s is
 *   starts given:  starts[(max(step, 1) - 1) mod K, g, n], moved to the nearest of 0..last
 *   else random:   Philox stream GATHER, index n, range last + 1 (philox.h)
 * so gathers of one step with the same span, seed and N start at the same rows: one may feed an encoder,
 * another its decoder.
 * Source: the lab's next_batch, with the data and the draw on the device.
 */
#ifndef REFRAIN_GATHER_H
#define REFRAIN_GATHER_H

#include "context.h"
#include "philox.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_gather_args {
  int32_t groups;        /* G */
  int32_t steps;         /* T */
  int32_t batch;         /* N */
  int32_t inputs;        /* I */
  int32_t outputs;       /* O */
  int32_t input_column;  /* input_column + I <= C */
  int32_t input_shift;   /* >= 0 */
  int32_t target_column; /* target_column + O <= C */
  int32_t target_shift;  /* >= 0 */
  int32_t columns;       /* C */
  int64_t span;          /* T + max(input_shift, target_shift) .. S */
  int64_t rows;          /* S: rows stored for each group, and valid ones where rows_of is null */
  const float* series;   /* [G,S,C] in */
  int64_t series_stride; /* S*C, or 0: one series for all groups */
  const int32_t* rows_of; /* [G] in, valid rows of each group, from span to S; may be absent */
  const int32_t* starts;  /* [K,G,N] in; null: random */
  int64_t start_rows;     /* K */
  refrain_view x;         /* [G,T,N,I] out */
  refrain_view target;    /* [G,T,N,O] out, may be absent */
  refrain_step_state state; /* in */
} refrain_gather_args;

REFRAIN_API int refrain_gather(refrain_context* context, const refrain_gather_args* args);

#ifdef __cplusplus
}
#endif
#endif
