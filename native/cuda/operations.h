// The operations by their stems. Each does what its header in refrain/ says, on the engine's
// stream; what fails is kept in the engine's status.
#pragma once

#include "core/backend.h"
#include "cuda/engine.h"

namespace refrain::cuda {

void fill(Engine& engine, const refrain_fill_args& args);
void copy(Engine& engine, const refrain_copy_args& args);
void rnn_forward(Engine& engine, const refrain_rnn_args& args);
void rnn_backward(Engine& engine, const refrain_rnn_args& args);
void lstm_forward(Engine& engine, const refrain_lstm_args& args);
void lstm_backward(Engine& engine, const refrain_lstm_args& args);
void gru_forward(Engine& engine, const refrain_gru_args& args);
void gru_backward(Engine& engine, const refrain_gru_args& args);
void linear_forward(Engine& engine, const refrain_linear_args& args);
void linear_backward(Engine& engine, const refrain_linear_args& args);
void loss(Engine& engine, const refrain_loss_args& args);
void sgd(Engine& engine, const refrain_sgd_args& args);
void adam(Engine& engine, const refrain_adam_args& args);
void rmsprop(Engine& engine, const refrain_rmsprop_args& args);
void adagrad(Engine& engine, const refrain_adagrad_args& args);
void clip_value(Engine& engine, const refrain_clip_args& args);
void clip_norm(Engine& engine, const refrain_clip_args& args);
void gather(Engine& engine, const refrain_gather_args& args);
void dropout(Engine& engine, const refrain_dropout_args& args);
void advance(Engine& engine, const refrain_advance_args& args);
void skip_grams(Engine& engine, const refrain_skip_grams_args& args);
void log_uniform(Engine& engine, const refrain_log_uniform_args& args);
void log_uniform_expected(Engine& engine, const refrain_log_uniform_args& args);
void distinct(Engine& engine, const refrain_distinct_args& args);
void nce(Engine& engine, const refrain_nce_args& args);
void rows_adam_catch_up(Engine& engine, const refrain_rows_adam_args& args);
void rows_adam(Engine& engine, const refrain_rows_adam_args& args);
void rows_adam_snapshot(Engine& engine, const refrain_rows_adam_args& args);
void rows_sgd(Engine& engine, const refrain_rows_sgd_args& args);
void word2vec(Engine& engine, const refrain_word2vec_args& args);

// Two calls at once (neighbours.h).
bool distinct_both(Engine& engine, const refrain_distinct_args& first,
                   const refrain_distinct_args& second);
bool rows_adam_catch_up_both(Engine& engine, const refrain_rows_adam_args& first,
                             const refrain_rows_adam_args& second);
bool rows_adam_both(Engine& engine, const refrain_rows_adam_args& first,
                    const refrain_rows_adam_args& second);

// The compute capability that the kernels were compiled for, as far as this thread's device runs
// them: a newer device may run older code, which lacks what came with it. Fails where none of it
// runs here.
cudaError_t compiled_capability(int* capability);

// What an operation's message begins with: its name and shape, e.g. "lstm_forward [G=1, T=20,
// ...]".
std::string describe(int32_t operation, const void* arguments);

}  // namespace refrain::cuda
