// What the recurrent layers share. Forward computes W x + bias for all steps in one product, then
// runs through the steps; backward runs from the last step to the first, keeping the gradients of
// all pre-activations, and ends with one product over all rows and steps for each weight matrix,
// for the biases and for dx. What a cell computes within a step is its own (rnn.cu, lstm.cu,
// gru.cu); how the steps run is the variant's (steps.cuh).
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/elementwise.cuh"
#include "cuda/product.cuh"
#include "refrain/cell.h"

namespace refrain::cuda {

__host__ __device__ inline refrain_view columns_from(const refrain_view& view, int64_t column) {
  if (view.data == nullptr) return view;
  return {view.data + column, view.group_stride, view.row_stride};
}

__host__ __device__ inline refrain_view rows_from(const refrain_view& view, int64_t row) {
  return view.data == nullptr
             ? view
             : refrain_view{view.data + row * view.row_stride, view.group_stride, view.row_stride};
}

// Which sequences are still running at a step.
struct Lengths {
  const int32_t* lengths;  // [G,N]; null: all run to the end
  int64_t batch;
  __device__ int32_t length(int64_t group, int64_t n) const {
    return lengths == nullptr ? INT32_MAX : lengths[group * batch + n];
  }
  __device__ bool active(int64_t group, int64_t n, int64_t t) const {
    return lengths == nullptr || t < lengths[group * batch + n];
  }
};

// The steps of a call, counted by `order` as forward runs them.
struct Steps {
  int64_t count;
  int64_t batch;
  bool reverse;
  Lengths lengths;

  __host__ __device__ int64_t time(int64_t order) const {
    return reverse ? count - 1 - order : order;
  }
  __host__ __device__ int time(int order) const {
    return reverse ? static_cast<int>(count) - 1 - order : order;
  }
  // The rows of a sequence at step t.
  __host__ __device__ refrain_view at(const refrain_view& view, int64_t t) const {
    return rows_from(view, t * batch);
  }
  // The state that the step began with; absent: zeros.
  __host__ __device__ refrain_view before(int64_t order, const refrain_view& initial,
                                          const refrain_view& states) const {
    return order == 0 ? initial : at(states, time(order - 1));
  }
};

// A call's arguments with the arithmetic of their offsets.
class CellCall {
 public:
  // reserve_size: floats of one group; the reserve may be scratch memory.
  CellCall(Engine& engine, const refrain_cell_shape& shape, int gates,
           const refrain_cell_parameters& parameters, const refrain_cell_sequence& sequence,
           int64_t reserve_size);

  int64_t rows() const { return steps.count * batch; }
  // The state after the last step.
  refrain_view last(const refrain_view& states) const {
    return steps.at(states, steps.time(steps.count - 1));
  }

  // A parameter whose rows have so many columns, or its gradient; absent if the offset is -1.
  refrain_view parameter(int64_t offset, int64_t columns) const;
  refrain_view gradient(int64_t offset, int64_t columns) const;
  // A sequence [G,T,N,columns] of the reserve.
  refrain_view kept(int64_t offset, int64_t columns) const;
  // An array [G,rows,columns] of the scratch memory.
  refrain_view scratch(int64_t offset, int64_t rows, int64_t columns) const;

  Engine& engine;
  const refrain_cell_parameters& parameters;
  const refrain_cell_sequence& sequence;
  const int64_t groups, batch, inputs, hidden, outputs;
  const Steps steps;
  const int64_t gate_rows;  // gates * H
  ScratchLayout layout;

  void allocate_scratch() { scratch_ = engine.scratch(layout.size()); }
  // Takes room for the reserve too where the caller gives none.
  int64_t take_reserve();
  void set_reserve(int64_t offset);

 private:
  const int64_t reserve_size_;
  float* reserve_;
  float* scratch_ = nullptr;
};

// The pre-activations [G,T,N,gates*H] without their recurrent part: W x + b_w + b_r. From column
// `input_bias_from` on b_w alone; `forget_bias` is added to columns H..2H-1.
struct InputProduct {
  int64_t input_bias_from;
  float forget_bias;
};
void multiply_input(const CellCall& call, const InputProduct& product, const refrain_view& a);

// The products that end backward: noted by the calls, run in one launch at the end of this
// object's life. `da` are columns of the gradients of the pre-activations [G,T,N,.].
class CellGradients {
 public:
  CellGradients(const CellCall& call, const refrain_cell_gradients& gradient)
      : call_(call), gradient_(gradient), batch_(call.engine) {}
  ~CellGradients();

  // The gradient of a parameter [columns, b_columns]: da^T b over all rows.
  void weight(const char* name, const refrain_view& da, int64_t columns, const refrain_view& b,
              int64_t b_columns, int64_t parameter);
  // The same where b is the state before each step: `initial` at first, then `states`.
  void recurrent_weight(const char* name, const refrain_view& da, int64_t columns,
                        const refrain_view& initial, const refrain_view& states,
                        int64_t state_columns, int64_t parameter);
  // The gradient of a parameter [columns]: the sum of da times the state before each step.
  void recurrent_scale(const char* name, const refrain_view& da, int64_t columns,
                       const refrain_view& initial, const refrain_view& states,
                       int64_t parameter);
  // The same with the state after each step.
  void scale(const char* name, const refrain_view& da, int64_t columns, const refrain_view& states,
             int64_t parameter);
  // The gradients of the biases at b_w and b_r (-1: absent): sums of da's columns.
  void bias(const char* name, const refrain_view& da, int64_t columns, int64_t b_w,
            int64_t b_r);
  // dx = da times the rows of W from `first_row` on; a second call adds to it.
  void input(const char* name, const refrain_view& da, int64_t columns, int64_t first_row,
             bool first_call);

 private:
  bool accumulates() const { return gradient_.accumulate_parameters != 0; }
  Start start() const { return accumulates() ? Start::kC : Start::kZero; }
  // The first step began with the initial state, every other one with what its predecessor left.
  Terms first_step(const refrain_view& da, const refrain_view& initial) const;
  Terms other_steps(const refrain_view& da, const refrain_view& states) const;

  const CellCall& call_;
  const refrain_cell_gradients& gradient_;
  ProductBatch batch_;
  const char* dx_name_ = nullptr;
  Product dx_ = {};
};

// An offset `by` floats further; absent stays absent.
inline int64_t moved(int64_t offset, int64_t by) { return offset < 0 ? offset : offset + by; }

}  // namespace refrain::cuda
