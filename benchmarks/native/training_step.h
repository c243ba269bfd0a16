// What is measured: a training step, or a recurrent layer's forward and backward, through the C
// interface. Used on any engine, so that one can be checked against another.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "refrain/refrain.h"

namespace refrain::bench {

struct Shape {
  const char* name;
  int gates;  // 1: rnn with relu, 3: gru, reset after, 4: lstm
  int32_t groups, inputs, hidden, batch, steps;
  // Whether all of a training step is done: gather, the layer, a projection to one output, mean squared
  // error, the gradients, clipping by their norm, Adam. Otherwise the layer alone, with the gradient of x.
  bool whole;

  int64_t rows() const { return int64_t{steps} * batch; }
  // Of the matrix products alone: forward, gradients of the weights, gradient of h, and that of x or the
  // projection.
  double flops() const;
  // Floats of one group: rounded up to a multiple of 16.
  int64_t parameters() const;
};

// What the gradients' norm is clipped to: so little that each step scales its gradients. The twin of
// NORM in bundle/peers.py.
constexpr double kNorm = 0.001;

// Ends the program with the message of the last failed call.
void require(int status);

class TrainingStep {
 public:
  struct Operation {
    const char* name;
    std::function<int()> run;
  };

  TrainingStep(refrain_context* context, const Shape& shape);
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  // False, with a message, where a forced variant does not run the layer.
  bool possible() const { return possible_; }
  const std::vector<Operation>& operations() const { return operations_; }

  // What the last step left, of the first `groups` groups.
  std::vector<float> outputs(int32_t groups) const;
  std::vector<float> gradients(int32_t groups) const;

 private:
  void set_cell();
  void set_rest(int64_t weight);
  void list_operations();
  float* allocate(int64_t floats_of_group, float scale);
  refrain_view view(int64_t columns, float scale);
  std::vector<float> read(const float* data, int64_t floats) const;

  refrain_context* const context_;
  const Shape shape_;
  bool possible_ = true;
  float* values_ = nullptr;
  float* gradients_ = nullptr;
  refrain_rnn_args rnn_ = {};
  refrain_lstm_args lstm_ = {};
  refrain_gru_args gru_ = {};
  refrain_linear_args linear_ = {};
  refrain_loss_args loss_ = {};
  refrain_gather_args gather_ = {};
  refrain_advance_args advance_ = {};
  refrain_clip_args clip_ = {};
  refrain_adam_args adam_ = {};
  std::vector<Operation> operations_;
};

}  // namespace refrain::bench
