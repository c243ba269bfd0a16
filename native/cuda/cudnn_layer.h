// Recurrent layers by cuDNN: tanh and ReLU RNN, tanh LSTM with an optional projection, tanh GRU in
// the form reset-after; one call of cuDNN for each group, so that a group's bits do not depend on
// the others.
//
// cuDNN reads lengths of sequences on the host, where they are frozen into a recording: ours are on
// the device. So every sequence runs through all T steps, and
//
//  - x goes in with the valid steps first, in the order in which they are run, so that a reversed
//    layer is a forward one;
//  - W gets a column more that meets a 1 in x where a sequence has ended. It closes the gates, so
//    that the cell state is carried through, exactly, and nothing flows into parameters from there;
//  - y and dx are taken out in the order of time, with zeros where a sequence has ended, and the
//    final state is the last valid step's y, whose gradient joins dy there.
//
// Parameters are copied into the weight space that cuDNN lays out, and their gradients back.
#pragma once

#include <cstdint>
#include <string>

#include "core/backend.h"
#include "cuda/cudnn_calls.h"
#include "cuda/engine.h"
#include "cuda/recurrence.h"

namespace refrain::cuda {

// The arguments of the three cells, as far as cuDNN knows them.
struct CudnnLayer {
  cudnnRNNMode_t cell;
  const refrain_cell_shape& shape;
  const refrain_cell_parameters& parameters;
  const refrain_cell_sequence& sequence;
  const refrain_cell_gradients& gradient;
  float forget_bias;
};

CudnnLayer cudnn_layer(const refrain_rnn_args& args);
CudnnLayer cudnn_layer(const refrain_lstm_args& args);
CudnnLayer cudnn_layer(const refrain_gru_args& args);

// The variant cudnn of recurrence.h.
std::string cudnn_declines(Engine& engine, const Recurrence& recurrence);

// Floats of reserve of one group, with lengths and without; -1 where the operation has failed.
int64_t cudnn_reserve_size(Engine& engine, const CudnnLayer& layer);
void cudnn_forward(Engine& engine, const CudnnLayer& layer);
void cudnn_backward(Engine& engine, const CudnnLayer& layer);

}  // namespace refrain::cuda
