// Checks what the headers of refrain/ demand of arguments and a function can see: null pointers,
// sizes, enums, strides. Each returns REFRAIN_OK, or REFRAIN_BAD_ARGUMENT with a message that
// names operation and value. The contents of arrays are not read.
#pragma once

#include "core/backend.h"

namespace refrain {

enum class Pass { kForward, kBackward };
enum class Clip { kValue, kNorm };
enum class LogUniform { kDraw, kExpected };
enum class RowsAdam { kTableSize, kTable, kCatchUp, kUpdate, kSnapshot };

int check(const refrain_fill_args& args);
int check(const refrain_copy_args& args);
int check(const refrain_rnn_args& args, Pass pass);
int check(const refrain_lstm_args& args, Pass pass);
int check(const refrain_gru_args& args, Pass pass);
int check(const refrain_linear_args& args, Pass pass);
int check(const refrain_loss_args& args);
int check(const refrain_sgd_args& args);
int check(const refrain_adam_args& args);
int check(const refrain_rmsprop_args& args);
int check(const refrain_adagrad_args& args);
int check(const refrain_clip_args& args, Clip by);
int check(const refrain_gather_args& args);
int check(const refrain_dropout_args& args);
int check(const refrain_advance_args& args);
int check(const refrain_skip_grams_args& args);
int check(const refrain_log_uniform_args& args, LogUniform what);
int check(const refrain_distinct_args& args);
int check(const refrain_nce_args& args);
int check(const refrain_rows_adam_args& args, RowsAdam what);
int check(const refrain_rows_sgd_args& args);
int check(const refrain_word2vec_args& args);

// What refrain_*_reserve() reads.
int check_reserve(const refrain_rnn_args& args);
int check_reserve(const refrain_lstm_args& args);
int check_reserve(const refrain_gru_args& args);

}  // namespace refrain
