// The C functions of the operations: check, then run or record.
#include "core/adam_moments.h"
#include "core/check.h"
#include "core/context.h"
#include "core/status.h"

namespace refrain {
namespace {

template <class Arguments, class... Pass>
int submit(refrain_context* context, int32_t operation, const Arguments* args, Pass... pass) {
  if (context == nullptr || args == nullptr) {
    return fail(REFRAIN_BAD_ARGUMENT, "the context or the arguments are null");
  }
  const int status = check(*args, pass...);
  return status == REFRAIN_OK ? context->submit(operation, args, sizeof *args) : status;
}

template <class Arguments>
int64_t reserve(refrain_context* context, int32_t operation, const Arguments* args) {
  if (context == nullptr || args == nullptr) {
    return -fail(REFRAIN_BAD_ARGUMENT, "the context or the arguments are null");
  }
  const int status = check_reserve(*args);
  if (status != REFRAIN_OK) return -status;
  const int64_t floats = context->backend->reserve(context->engine, operation, args);
  if (floats < 0) context->pass(static_cast<int>(-floats));
  return floats;
}

}  // namespace
}  // namespace refrain

using refrain::Clip;
using refrain::LogUniform;
using refrain::Pass;
using refrain::RowsAdam;
using refrain::reserve;
using refrain::submit;

int refrain_fill(refrain_context* context, float* data, int64_t count, float value) {
  const refrain_fill_args args = {data, count, value};
  return submit(context, REFRAIN_OP_FILL, &args);
}

int refrain_copy(refrain_context* context, int32_t groups, int64_t rows, int64_t columns,
                 const refrain_view* source, const refrain_view* target) {
  if (source == nullptr || target == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "copy: source or target is null");
  }
  const refrain_copy_args args = {groups, rows, columns, *source, *target};
  return submit(context, REFRAIN_OP_COPY, &args);
}

int64_t refrain_rnn_reserve(refrain_context* context, const refrain_rnn_args* args) {
  return reserve(context, REFRAIN_OP_RNN_FORWARD, args);
}

int refrain_rnn_forward(refrain_context* context, const refrain_rnn_args* args) {
  return submit(context, REFRAIN_OP_RNN_FORWARD, args, Pass::kForward);
}

int refrain_rnn_backward(refrain_context* context, const refrain_rnn_args* args) {
  return submit(context, REFRAIN_OP_RNN_BACKWARD, args, Pass::kBackward);
}

int64_t refrain_lstm_reserve(refrain_context* context, const refrain_lstm_args* args) {
  return reserve(context, REFRAIN_OP_LSTM_FORWARD, args);
}

int refrain_lstm_forward(refrain_context* context, const refrain_lstm_args* args) {
  return submit(context, REFRAIN_OP_LSTM_FORWARD, args, Pass::kForward);
}

int refrain_lstm_backward(refrain_context* context, const refrain_lstm_args* args) {
  return submit(context, REFRAIN_OP_LSTM_BACKWARD, args, Pass::kBackward);
}

int64_t refrain_gru_reserve(refrain_context* context, const refrain_gru_args* args) {
  return reserve(context, REFRAIN_OP_GRU_FORWARD, args);
}

int refrain_gru_forward(refrain_context* context, const refrain_gru_args* args) {
  return submit(context, REFRAIN_OP_GRU_FORWARD, args, Pass::kForward);
}

int refrain_gru_backward(refrain_context* context, const refrain_gru_args* args) {
  return submit(context, REFRAIN_OP_GRU_BACKWARD, args, Pass::kBackward);
}

int refrain_linear_forward(refrain_context* context, const refrain_linear_args* args) {
  return submit(context, REFRAIN_OP_LINEAR_FORWARD, args, Pass::kForward);
}

int refrain_linear_backward(refrain_context* context, const refrain_linear_args* args) {
  return submit(context, REFRAIN_OP_LINEAR_BACKWARD, args, Pass::kBackward);
}

int refrain_loss(refrain_context* context, const refrain_loss_args* args) {
  return submit(context, REFRAIN_OP_LOSS, args);
}

int refrain_sgd(refrain_context* context, const refrain_sgd_args* args) {
  return submit(context, REFRAIN_OP_SGD, args);
}

int refrain_adam(refrain_context* context, const refrain_adam_args* args) {
  return submit(context, REFRAIN_OP_ADAM, args);
}

int refrain_rmsprop(refrain_context* context, const refrain_rmsprop_args* args) {
  return submit(context, REFRAIN_OP_RMSPROP, args);
}

int refrain_adagrad(refrain_context* context, const refrain_adagrad_args* args) {
  return submit(context, REFRAIN_OP_ADAGRAD, args);
}

int refrain_clip_value(refrain_context* context, const refrain_clip_args* args) {
  return submit(context, REFRAIN_OP_CLIP_VALUE, args, Clip::kValue);
}

int refrain_clip_norm(refrain_context* context, const refrain_clip_args* args) {
  return submit(context, REFRAIN_OP_CLIP_NORM, args, Clip::kNorm);
}

int refrain_gather(refrain_context* context, const refrain_gather_args* args) {
  return submit(context, REFRAIN_OP_GATHER, args);
}

int refrain_dropout(refrain_context* context, const refrain_dropout_args* args) {
  return submit(context, REFRAIN_OP_DROPOUT, args);
}

int refrain_word2vec(refrain_context* context, const refrain_word2vec_args* args) {
  return submit(context, REFRAIN_OP_WORD2VEC, args);
}

int refrain_advance(refrain_context* context, const refrain_advance_args* args) {
  return submit(context, REFRAIN_OP_ADVANCE, args);
}

int refrain_skip_grams(refrain_context* context, const refrain_skip_grams_args* args) {
  return submit(context, REFRAIN_OP_SKIP_GRAMS, args);
}

int refrain_log_uniform(refrain_context* context, const refrain_log_uniform_args* args) {
  return submit(context, REFRAIN_OP_LOG_UNIFORM, args, LogUniform::kDraw);
}

int refrain_log_uniform_expected(refrain_context* context, const refrain_log_uniform_args* args) {
  return submit(context, REFRAIN_OP_LOG_UNIFORM_EXPECTED, args, LogUniform::kExpected);
}

int refrain_distinct(refrain_context* context, const refrain_distinct_args* args) {
  return submit(context, REFRAIN_OP_DISTINCT, args);
}

int refrain_nce(refrain_context* context, const refrain_nce_args* args) {
  return submit(context, REFRAIN_OP_NCE, args);
}

int64_t refrain_rows_adam_table_size(refrain_context* context,
                                     const refrain_rows_adam_args* args) {
  if (context == nullptr || args == nullptr) {
    return -refrain::fail(REFRAIN_BAD_ARGUMENT, "the context or the arguments are null");
  }
  const int status = refrain::check(*args, RowsAdam::kTableSize);
  return status == REFRAIN_OK ? refrain::adam_table_floats(*args) : -status;
}

int refrain_rows_adam_table(refrain_context* context, const refrain_rows_adam_args* args) {
  if (context == nullptr || args == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "the context or the arguments are null");
  }
  const int status = refrain::check(*args, RowsAdam::kTable);
  if (status != REFRAIN_OK) return status;
  const std::vector<double> table = refrain::adam_table(*args);
  return refrain_write(context, args->table, table.data(),
                       static_cast<int64_t>(table.size() * sizeof(double)));
}

int refrain_rows_adam_catch_up(refrain_context* context, const refrain_rows_adam_args* args) {
  return submit(context, REFRAIN_OP_ROWS_ADAM_CATCH_UP, args, RowsAdam::kCatchUp);
}

int refrain_rows_adam(refrain_context* context, const refrain_rows_adam_args* args) {
  return submit(context, REFRAIN_OP_ROWS_ADAM, args, RowsAdam::kUpdate);
}

int refrain_rows_adam_snapshot(refrain_context* context, const refrain_rows_adam_args* args) {
  return submit(context, REFRAIN_OP_ROWS_ADAM_SNAPSHOT, args, RowsAdam::kSnapshot);
}

int refrain_rows_sgd(refrain_context* context, const refrain_rows_sgd_args* args) {
  return submit(context, REFRAIN_OP_ROWS_SGD, args);
}
