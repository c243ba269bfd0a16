// The operations of one instruction set, by their stems. Each does what its header in refrain/ says.
#pragma once

#include "cpu/operation_table.h"

namespace refrain::REFRAIN_TARGET {

const OperationTable& operations();

int fill(Engine& engine, const refrain_fill_args& args);
int copy(Engine& engine, const refrain_copy_args& args);
int rnn_forward(Engine& engine, const refrain_rnn_args& args);
int rnn_backward(Engine& engine, const refrain_rnn_args& args);
int lstm_forward(Engine& engine, const refrain_lstm_args& args);
int lstm_backward(Engine& engine, const refrain_lstm_args& args);
int gru_forward(Engine& engine, const refrain_gru_args& args);
int gru_backward(Engine& engine, const refrain_gru_args& args);
int linear_forward(Engine& engine, const refrain_linear_args& args);
int linear_backward(Engine& engine, const refrain_linear_args& args);
int loss(Engine& engine, const refrain_loss_args& args);
int sgd(Engine& engine, const refrain_sgd_args& args);
int adam(Engine& engine, const refrain_adam_args& args);
int rmsprop(Engine& engine, const refrain_rmsprop_args& args);
int adagrad(Engine& engine, const refrain_adagrad_args& args);
int clip_value(Engine& engine, const refrain_clip_args& args);
int clip_norm(Engine& engine, const refrain_clip_args& args);
int gather(Engine& engine, const refrain_gather_args& args);
int dropout(Engine& engine, const refrain_dropout_args& args);
int advance(Engine& engine, const refrain_advance_args& args);
int skip_grams(Engine& engine, const refrain_skip_grams_args& args);
int log_uniform(Engine& engine, const refrain_log_uniform_args& args);
int log_uniform_expected(Engine& engine, const refrain_log_uniform_args& args);
int distinct(Engine& engine, const refrain_distinct_args& args);
int nce(Engine& engine, const refrain_nce_args& args);
int rows_adam_catch_up(Engine& engine, const refrain_rows_adam_args& args);
int rows_adam(Engine& engine, const refrain_rows_adam_args& args);
int rows_adam_snapshot(Engine& engine, const refrain_rows_adam_args& args);
int rows_sgd(Engine& engine, const refrain_rows_sgd_args& args);
int word2vec(Engine& engine, const refrain_word2vec_args& args);

}  // namespace refrain::REFRAIN_TARGET
