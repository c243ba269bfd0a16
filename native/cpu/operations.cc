#include "cpu/operations.h"

namespace refrain::REFRAIN_TARGET {
namespace {

template <class Arguments, int (*kFunction)(Engine&, const Arguments&)>
int run(Engine& engine, const void* arguments) {
  return kFunction(engine, *static_cast<const Arguments*>(arguments));
}

constexpr OperationTable table() {
  OperationTable t = {};
  t.run[REFRAIN_OP_FILL] = run<refrain_fill_args, fill>;
  t.run[REFRAIN_OP_COPY] = run<refrain_copy_args, copy>;
  t.run[REFRAIN_OP_RNN_FORWARD] = run<refrain_rnn_args, rnn_forward>;
  t.run[REFRAIN_OP_RNN_BACKWARD] = run<refrain_rnn_args, rnn_backward>;
  t.run[REFRAIN_OP_LSTM_FORWARD] = run<refrain_lstm_args, lstm_forward>;
  t.run[REFRAIN_OP_LSTM_BACKWARD] = run<refrain_lstm_args, lstm_backward>;
  t.run[REFRAIN_OP_GRU_FORWARD] = run<refrain_gru_args, gru_forward>;
  t.run[REFRAIN_OP_GRU_BACKWARD] = run<refrain_gru_args, gru_backward>;
  t.run[REFRAIN_OP_LINEAR_FORWARD] = run<refrain_linear_args, linear_forward>;
  t.run[REFRAIN_OP_LINEAR_BACKWARD] = run<refrain_linear_args, linear_backward>;
  t.run[REFRAIN_OP_LOSS] = run<refrain_loss_args, loss>;
  t.run[REFRAIN_OP_SGD] = run<refrain_sgd_args, sgd>;
  t.run[REFRAIN_OP_ADAM] = run<refrain_adam_args, adam>;
  t.run[REFRAIN_OP_RMSPROP] = run<refrain_rmsprop_args, rmsprop>;
  t.run[REFRAIN_OP_ADAGRAD] = run<refrain_adagrad_args, adagrad>;
  t.run[REFRAIN_OP_CLIP_VALUE] = run<refrain_clip_args, clip_value>;
  t.run[REFRAIN_OP_CLIP_NORM] = run<refrain_clip_args, clip_norm>;
  t.run[REFRAIN_OP_GATHER] = run<refrain_gather_args, gather>;
  t.run[REFRAIN_OP_DROPOUT] = run<refrain_dropout_args, dropout>;
  t.run[REFRAIN_OP_ADVANCE] = run<refrain_advance_args, advance>;
  t.run[REFRAIN_OP_SKIP_GRAMS] = run<refrain_skip_grams_args, skip_grams>;
  t.run[REFRAIN_OP_LOG_UNIFORM] = run<refrain_log_uniform_args, log_uniform>;
  t.run[REFRAIN_OP_LOG_UNIFORM_EXPECTED] = run<refrain_log_uniform_args, log_uniform_expected>;
  t.run[REFRAIN_OP_DISTINCT] = run<refrain_distinct_args, distinct>;
  t.run[REFRAIN_OP_NCE] = run<refrain_nce_args, nce>;
  t.run[REFRAIN_OP_ROWS_ADAM_CATCH_UP] = run<refrain_rows_adam_args, rows_adam_catch_up>;
  t.run[REFRAIN_OP_ROWS_ADAM] = run<refrain_rows_adam_args, rows_adam>;
  t.run[REFRAIN_OP_ROWS_ADAM_SNAPSHOT] = run<refrain_rows_adam_args, rows_adam_snapshot>;
  t.run[REFRAIN_OP_ROWS_SGD] = run<refrain_rows_sgd_args, rows_sgd>;
  t.run[REFRAIN_OP_WORD2VEC] = run<refrain_word2vec_args, word2vec>;
  return t;
}

constexpr OperationTable kTable = table();

}  // namespace

const OperationTable& operations() { return kTable; }

}  // namespace refrain::REFRAIN_TARGET
