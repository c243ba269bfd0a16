/*
 * What a backend is to the core: a table of functions. The core checks arguments, keeps recordings
 * and owns the C interface of refrain/; a backend owns memory and performs operations. The cpu
 * backend is linked in; others live in shared libraries of their own that export
 * refrain_backend_entry(), and are opened by refrain_load_backend().
 *
 * Functions that return int return a refrain_status and leave a message in last_error().
 */
#ifndef REFRAIN_CORE_BACKEND_H
#define REFRAIN_CORE_BACKEND_H

#include "refrain/refrain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which operation, and which struct its arguments are. */
enum refrain_operation {
  REFRAIN_OP_FILL,          /* refrain_fill_args */
  REFRAIN_OP_COPY,          /* refrain_copy_args */
  REFRAIN_OP_RNN_FORWARD,   /* refrain_rnn_args */
  REFRAIN_OP_RNN_BACKWARD,
  REFRAIN_OP_LSTM_FORWARD,  /* refrain_lstm_args */
  REFRAIN_OP_LSTM_BACKWARD,
  REFRAIN_OP_GRU_FORWARD,   /* refrain_gru_args */
  REFRAIN_OP_GRU_BACKWARD,
  REFRAIN_OP_LINEAR_FORWARD, /* refrain_linear_args */
  REFRAIN_OP_LINEAR_BACKWARD,
  REFRAIN_OP_LOSS,          /* refrain_loss_args */
  REFRAIN_OP_SGD,           /* refrain_sgd_args */
  REFRAIN_OP_ADAM,          /* refrain_adam_args */
  REFRAIN_OP_RMSPROP,       /* refrain_rmsprop_args */
  REFRAIN_OP_ADAGRAD,       /* refrain_adagrad_args */
  REFRAIN_OP_CLIP_VALUE,    /* refrain_clip_args */
  REFRAIN_OP_CLIP_NORM,
  REFRAIN_OP_GATHER,        /* refrain_gather_args */
  REFRAIN_OP_DROPOUT,       /* refrain_dropout_args */
  REFRAIN_OP_ADVANCE,       /* refrain_advance_args */
  REFRAIN_OP_SKIP_GRAMS,    /* refrain_skip_grams_args */
  REFRAIN_OP_LOG_UNIFORM,   /* refrain_log_uniform_args */
  REFRAIN_OP_LOG_UNIFORM_EXPECTED,
  REFRAIN_OP_DISTINCT,      /* refrain_distinct_args */
  REFRAIN_OP_NCE,           /* refrain_nce_args */
  REFRAIN_OP_ROWS_ADAM_CATCH_UP, /* refrain_rows_adam_args */
  REFRAIN_OP_ROWS_ADAM,
  REFRAIN_OP_ROWS_ADAM_SNAPSHOT,
  REFRAIN_OP_ROWS_SGD,      /* refrain_rows_sgd_args */
  REFRAIN_OP_WORD2VEC,      /* refrain_word2vec_args */
  REFRAIN_OP_COUNT
};

typedef struct refrain_fill_args {
  float* data;
  int64_t count;
  float value;
} refrain_fill_args;

typedef struct refrain_copy_args {
  int32_t groups;
  int64_t rows;
  int64_t columns;
  refrain_view source;
  refrain_view target;
} refrain_copy_args;

/* One recorded operation. */
typedef struct refrain_call {
  int32_t operation;
  const void* arguments;
} refrain_call;

typedef struct refrain_engine refrain_engine;   /* an open backend */
typedef struct refrain_program refrain_program; /* a recording in the backend's own form */

typedef struct refrain_backend {
  int32_t abi; /* REFRAIN_ABI */
  const char* name;
  const char* (*last_error)(void);
  int (*device_count)(int32_t* count);
  int (*describe_device)(int32_t device, refrain_device_info* info);
  int (*free_memory)(int32_t device, int64_t* free_bytes);
  /* refrain_describe_software(); null in a backend that needs none. */
  int (*describe_software)(refrain_software_info* info);
  const char* (*variants)(void); /* refrain_variants() */

  int (*open)(const refrain_options* options, refrain_engine** engine);
  int (*close)(refrain_engine* engine);
  const char* (*description)(refrain_engine* engine);
  const char* (*variant)(refrain_engine* engine);

  int (*allocate)(refrain_engine* engine, int64_t size_bytes, void** data);
  int (*release)(refrain_engine* engine, void* data);
  int (*write)(refrain_engine* engine, void* device, const void* host, int64_t size_bytes);
  int (*read)(refrain_engine* engine, void* host, const void* device, int64_t size_bytes);
  int64_t (*allocated_bytes)(refrain_engine* engine);
  /* Gives back scratch memory that no recording needs; operations take it again as they need it. */
  int (*trim)(refrain_engine* engine);
  int (*synchronize)(refrain_engine* engine);

  /* Floats of reserve of a recurrent layer, or the negated status; `operation` is its forward. */
  int64_t (*reserve)(refrain_engine* engine, int32_t operation, const void* arguments);
  int (*run)(refrain_engine* engine, int32_t operation, const void* arguments);

  /*
   * Null in a backend that has no better way to replay than run() one after the other. `calls` lives as
   * long as the program.
   */
  int (*compile)(refrain_engine* engine, const refrain_call* calls, int64_t count,
                 refrain_program** program);
  int (*replay)(refrain_engine* engine, refrain_program* program, int64_t times);
  int (*discard)(refrain_engine* engine, refrain_program* program);

  /* refrain_context_choices() and refrain_context_set_choices(); null in a backend that times nothing. */
  int64_t (*choices)(refrain_engine* engine, char* buffer, int64_t size_bytes);
  int (*set_choices)(refrain_engine* engine, const char* text);
  /* refrain_context_decisions() and refrain_context_notices(); null in a backend that has none. */
  int64_t (*decisions)(refrain_engine* engine, char* buffer, int64_t size_bytes);
  int64_t (*notices)(refrain_engine* engine, char* buffer, int64_t size_bytes);
} refrain_backend;

/* The symbol that a backend's library exports. */
typedef const refrain_backend* (*refrain_backend_entry_function)(void);
#define REFRAIN_BACKEND_ENTRY "refrain_backend_entry"

#ifdef __cplusplus
}
#endif
#endif
