/*
 * What rnn.h, lstm.h and gru.h share: one recurrent layer in one direction, unrolled over T steps.
 *
 * Lengths. lengths [G,N], int32 in 0..T, any order; null means T everywhere. At t >= length the output
 * is 0 and the state is carried through, so hy and cy are the states after the last valid step.
 * Backward ignores dy there; dx is 0 there (unchanged where accumulated), and what flows into the state
 * passes through. x there must be finite: products may multiply it with 0. `reverse` runs each sequence from its last valid step
 * down to t = 0; y[t] is the state after step t was consumed.
 *
 * Biases. b_w and b_r are added; an offset of -1 means absent: read as zero, no gradient written. Where
 * only their sum matters both get the same gradient if both are present.
 *
 * Gradients. Parameter gradients are assigned, or accumulated (+=) when accumulate_parameters is 1; dx
 * likewise with accumulate_dx. dhx and dcx are assigned. Absent dy, dhy, dcy count as zero; absent dx, dhx, dcx
 * are not computed.
 *
 * Reserve. Forward writes it and backward reads it: an opaque array of refrain_*_reserve() floats for
 * all groups. With reserve == 0 forward saves nothing and backward cannot follow. Backward also needs x,
 * hx, cx and y unchanged, so hy may be hx (and cy cx) only where reserve == 0. The size query reads all of
 * the arguments but addresses (of offsets, which are present); on error it returns the negated
 * status.
 */
#ifndef REFRAIN_CELL_H
#define REFRAIN_CELL_H

#include "context.h"

typedef struct refrain_cell_shape {
  int32_t groups;  /* G */
  int32_t steps;   /* T */
  int32_t batch;   /* N */
  int32_t inputs;  /* I */
  int32_t hidden;  /* H */
  int32_t outputs; /* Q: H, or the size of an LSTM's projection */
} refrain_cell_shape;

/* Offsets from the start of a group's parameters; -1: absent. */
typedef struct refrain_cell_parameters {
  float* data;         /* [G,P] */
  float* gradients;    /* [G,P], out or inout; null in forward */
  int64_t group_stride; /* P, or 0 to share parameters between groups in forward */
  int64_t w;           /* [gates*H, I] */
  int64_t r;           /* [gates*H, Q] */
  int64_t projection;  /* [Q, H] */
  int64_t peepholes;   /* [3, H]: of i, f, o */
  int64_t b_w;         /* [gates*H] */
  int64_t b_r;         /* [gates*H] */
} refrain_cell_parameters;

typedef struct refrain_cell_sequence {
  refrain_view x;  /* [G,T,N,I] in */
  refrain_view hx; /* [G,N,Q] in, absent: zeros */
  refrain_view cx; /* [G,N,H] in, absent: zeros; LSTM alone */
  refrain_view y;  /* [G,T,N,Q] out */
  refrain_view hy; /* [G,N,Q] out, may be absent */
  refrain_view cy; /* [G,N,H] out, may be absent; LSTM alone */
  const int32_t* lengths; /* [G,N] in, may be absent */
  float* reserve;         /* forward: out, may be absent; backward: in */
  int32_t reverse;        /* 1: from the end to the beginning */
} refrain_cell_sequence;

typedef struct refrain_cell_gradients {
  refrain_view dy;  /* [G,T,N,Q] in, may be absent */
  refrain_view dhy; /* [G,N,Q] in, may be absent */
  refrain_view dcy; /* [G,N,H] in, may be absent; LSTM alone */
  refrain_view dx;  /* [G,T,N,I] out or inout, may be absent */
  refrain_view dhx; /* [G,N,Q] out, may be absent; may be dhy */
  refrain_view dcx; /* [G,N,H] out, may be absent; may be dcy; LSTM alone */
  int32_t accumulate_dx;
  int32_t accumulate_parameters;
} refrain_cell_gradients;

#endif
