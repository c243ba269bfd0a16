/*
 * Adam (adam.h, TensorFlow's form) on a table of V rows of which a step touches at most R:
 * gradient[g,k] is that of row touched[g,k], k < count[g]; each row appears once (distinct.h). What a row
 * without a gradient does is the mode:
 *   DENSE     it is updated with gradient 0 in every step: TF1's AdamOptimizer on the whole table
 *   DEFERRED  the same numbers, but a row waits until it is touched: last[g,row] is the step up to which
 *             it has been updated
 *   LAZY      nothing
 *
 * A step is: advance, rows_adam_catch_up, whatever reads the touched rows, rows_adam. Catching up brings
 * the touched rows to step - 1 (in the other modes it does nothing); rows_adam then makes step's update.
 * rows_adam_snapshot writes the whole table as it stands after the current step, and changes nothing that
 * the run uses.
 *
 * Catching up by k = t - s steps from last = s costs O(1) an element. With w_j = lr_{s+j} beta1^j and
 * a_j = beta2^{j/2}, j = 1..k: A = sum w_j, mu = sum w_j a_j / A, c2 and c3 the weighted second and third
 * central moments of a_j; then, with r = sqrt(v), D = mu r + epsilon, y = r / D,
 *   p -= m A/D (1 + c2 y^2 - c3 y^3)     m *= beta1^k     v *= beta2^k
 * (Taylor's series of 1/(a_j r + epsilon) about a_j = mu.) Where the fourth moment that it leaves out
 * exceeds 1e-8, as with unusual betas, the steps are taken one by one. Moments come from
 * M_n(s) = sum over j >= 1 of lr_{s+j} q_n^j with q_n = beta1 beta2^{n/2}, by M_n(s,k) = M_n(s) - q_n^k
 * M_n(s+k); all in double. rows_adam_table writes M_n for a base learning rate of 1 and the steps
 * 0..table_steps into `table`, of which rows_adam_table_size tells the floats; later steps take longer,
 * but for a constant rate. lr_t is taken from the schedule in `advance` and the state's present base
 * learning rate: neither may change while rows wait, except after a catch-up of all rows.
 *
 * Accuracy: against dense float64 |error| <= 4 * 2^-24 (sqrt(1 + touches) max|p| + sum |updates|), no more
 * than dense float32's. Groups that do not run are left untouched. Row numbers outside 0..V-1 are skipped.
 * Steps stay below 2^31.
 */
#ifndef REFRAIN_ROWS_ADAM_H
#define REFRAIN_ROWS_ADAM_H

#include "advance.h"

#ifdef __cplusplus
extern "C" {
#endif

enum refrain_rows_mode { REFRAIN_ROWS_DENSE = 0, REFRAIN_ROWS_DEFERRED = 1, REFRAIN_ROWS_LAZY = 2 };

typedef struct refrain_rows_adam_args {
  int32_t groups;   /* G */
  int32_t mode;     /* refrain_rows_mode */
  int32_t rows;     /* V */
  int32_t columns;  /* D */
  int32_t most_touched; /* R */
  double epsilon;   /* > 0 */
  refrain_advance_args advance; /* what advances the state: schedule, betas, the state itself; in */
  refrain_view values;   /* [G,V,D] inout */
  refrain_view m;        /* [G,V,D] inout */
  refrain_view v;        /* [G,V,D] inout */
  int32_t* last;         /* [G,V] inout, deferred alone */
  const int32_t* touched; /* [G,R] in */
  const int32_t* count;   /* [G] in */
  refrain_view gradient;  /* [G,R,D] in, rows_adam alone */
  refrain_view snapshot;  /* [G,V,D] out, snapshot alone */
  float* table;           /* deferred alone; out of table, in to the others; holds doubles: aligned to 8 */
  int64_t table_steps;
} refrain_rows_adam_args;

/* Reads mode, the betas and table_steps alone; a failure is its status, negated. */
REFRAIN_API int64_t refrain_rows_adam_table_size(refrain_context* context,
                                                 const refrain_rows_adam_args* args);
/* Reads these, the schedule and table. Not while recording. */
REFRAIN_API int refrain_rows_adam_table(refrain_context* context,
                                        const refrain_rows_adam_args* args);
REFRAIN_API int refrain_rows_adam_catch_up(refrain_context* context,
                                           const refrain_rows_adam_args* args);
REFRAIN_API int refrain_rows_adam(refrain_context* context, const refrain_rows_adam_args* args);
REFRAIN_API int refrain_rows_adam_snapshot(refrain_context* context,
                                           const refrain_rows_adam_args* args);

#ifdef __cplusplus
}
#endif
#endif
