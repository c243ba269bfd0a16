/*
 * The world rules: letters, layouts and types that every operation shares. Java twin:
 * dev.refrain.kernels (View, CellShape, CellLayout, GroupState, ...).
 *
 * Letters: G independent networks, T steps, N batch, I inputs, H hidden units, Q outputs of a cell
 * (Q = H, or the projected size), O outputs of a layer, P parameters of one network, S rows of a
 * series, C its columns. The last index of an array changes fastest. Sequences are time-major:
 * x [G,T,N,I], y [G,T,N,Q], states [G,N,Q].
 *
 * G: every operation works on all groups in one call (one launch on a GPU). A null pointer stands for
 * "absent" exactly where a header says so. All strides and offsets count elements, not bytes.
 *
 * Parameters of one network are one flat float32 array; G networks lie behind each other, [G,P], so a
 * parameter tensor of group g starts at data + g * group_stride + offset. Order within P: for each
 * layer and direction W [gates*H, I], R [gates*H, Q], the cell's projection [Q, H] and peepholes
 * [3, H] where it has them; after all layers the biases, for each layer and direction b_W [gates*H],
 * b_R [gates*H]; last the output layer's weight [O, I] and bias [O]. P is rounded up to a multiple
 * of 16 so that every group is aligned; the padding is zero and stays zero. Gradients and optimizer
 * state have the same layout. Gate order: LSTM i, f, g, o; GRU r, z, n.
 *
 * Bits: an operation's result depends on its arguments, the engine and the instruction set, never on
 * the number of threads. Every operation here is deterministic, but for word2vec.h where it is asked to
 * be faster. Group g's result is that of the same
 * call with that group alone: no variant, blocking or order of a sum depends on G.
 *
 * Values: NaN in gives NaN out, in every activation and every clipping, so that a training run which
 * diverges is seen. Indices live on the device where the host cannot check them: no value of an index
 * makes an operation read or write outside its arrays. Lengths count as clamped to 0..T; gather.h and
 * loss.h say what other indices do.
 *
 * Aliasing: arguments do not overlap unless a header allows it.
 */
#ifndef REFRAIN_SHAPES_H
#define REFRAIN_SHAPES_H

#include <stdint.h>

#if defined(_WIN32)
#define REFRAIN_API __declspec(dllexport)
#else
#define REFRAIN_API __attribute__((visibility("default")))
#endif

/* What every function returns; anything but REFRAIN_OK sets refrain_last_error(). */
enum refrain_status {
  REFRAIN_OK = 0,
  REFRAIN_BAD_ARGUMENT = 1,  /* a value the header forbids */
  REFRAIN_OUT_OF_MEMORY = 2, /* no memory left, or over the context's limit */
  REFRAIN_UNAVAILABLE = 3,   /* this machine or build cannot do it */
  REFRAIN_BAD_STATE = 4,     /* not while a recording is open, or only then */
  REFRAIN_FAILED = 5         /* the device or the operating system failed */
};

/*
 * act(a) and its derivative from the result y. relu'(0) = 0; elu has alpha = 1.
 *   tanh 1-y^2 | relu [y>0] | sigmoid y(1-y) | identity 1 | softsign (1-|y|)^2 | elu y>0 ? 1 : y+1
 */
enum refrain_activation {
  REFRAIN_TANH = 0,
  REFRAIN_RELU = 1,
  REFRAIN_SIGMOID = 2,
  REFRAIN_IDENTITY = 3,
  REFRAIN_SOFTSIGN = 4,
  REFRAIN_ELU = 5
};

/*
 * A matrix of rows in each group: element (g, row, column) is
 * data[g * group_stride + row * row_stride + column]. For a sequence, row = t * N + n; for a state,
 * row = n. row_stride may exceed the columns: a direction of a bidirectional layer writes its half of
 * y [G,T,N,2Q]. group_stride 0 shares one array between groups (inputs only). data == 0 means absent.
 */
typedef struct refrain_view {
  float* data;
  int64_t group_stride;
  int64_t row_stride;
} refrain_view;

enum refrain_group_status {
  REFRAIN_RUNNING = 0,
  REFRAIN_NOT_FINITE = 1, /* a loss or a gradient norm was not finite */
  REFRAIN_ENDED = 2       /* the host ended this group's training */
};

/*
 * What changes from step to step, for one group. It lives in device memory, because a value passed by
 * the host would be frozen into a recording. Scalars are double and are rounded once, where used.
 */
typedef struct refrain_group_state {
  int64_t step;              /* steps begun; the first step is 1 */
  int64_t seed;              /* Philox key of this group */
  double base_learning_rate; /* before the schedule */
  double learning_rate;      /* of this step */
  double beta1_power;        /* beta1^step */
  double beta2_power;        /* beta2^step */
  double loss;               /* of this step */
  double gradient_norm;      /* global norm before clipping, written by clip_norm */
  double clip_factor;        /* what clip_norm multiplied the gradients with */
  int64_t status;            /* refrain_group_status; no step or update unless running */
} refrain_group_state;

/*
 * group [G]; history [G, history_length]: the loss of step s is kept at (s - 1) mod history_length, NaN
 * where none was written. Evaluate with a state of its own: on the training state a loss would replace
 * this step's.
 */
typedef struct refrain_step_state {
  refrain_group_state* group;
  double* history;
  int64_t history_length; /* 0: keep none */
  int32_t groups;
} refrain_step_state;

#endif
