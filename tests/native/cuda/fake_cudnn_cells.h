// The arithmetic of the stand-in for cuDNN: one layer in one direction by the equations of its manual,
// in double, step by step.
#pragma once

#include <cstdint>
#include <vector>

#include "cuda/cudnn_calls.h"

namespace refrain::fake {

struct Layer {
  cuda::cudnnRNNMode_t cell;
  int64_t steps, batch, inputs, hidden, outputs;  // outputs < hidden: projected

  int64_t gates() const { return cell == cuda::CUDNN_LSTM ? 4 : (cell == cuda::CUDNN_GRU ? 3 : 1); }
  bool projects() const { return outputs != hidden; }
  int64_t rows() const { return steps * batch; }
  int64_t parts() const { return 2 * gates() + (projects() ? 1 : 0); }
};

// Where the parts of the weight space lie, in floats: last part first, biases before their matrices, with
// gaps, so that whoever takes another order for granted fails.
struct WeightSpace {
  std::vector<int64_t> matrix;
  std::vector<int64_t> bias;  // -1: none
  int64_t floats;

  explicit WeightSpace(const Layer& layer);
};

// What forward keeps for backward, in floats: rows of T*N.
struct Reserve {
  int64_t gates;      // [4H], after their activations
  int64_t c;          // [H]
  int64_t cell;       // [H]: o * tanh(c)
  int64_t recurrent;  // [H]: R_n h + b_Rn
  int64_t da;         // [4H]: by backward's first half, for the second
  int64_t da_r;       // [H]: what reaches R_n
  int64_t dh;         // [Q]: of the projected output
  int64_t signature;  // of the layer that wrote it
  int64_t floats;

  explicit Reserve(const Layer& layer);
};

struct Forward {
  Layer layer;
  bool training;
  const float* x;
  float* y;
  const float* hx;
  const float* cx;
  float* cy;
  const float* weights;
  float* reserve;

  void operator()() const;
};

struct BackwardData {
  Layer layer;
  const float* y;
  const float* dy;
  float* dx;
  const float* hx;
  const float* dhy;
  float* dhx;
  const float* cx;
  const float* dcy;
  float* dcx;
  const float* weights;
  float* reserve;

  void operator()() const;
};

struct BackwardWeights {
  Layer layer;
  const float* x;
  const float* hx;
  const float* y;
  float* dweights;  // added to
  const float* reserve;

  void operator()() const;
};

}  // namespace refrain::fake
