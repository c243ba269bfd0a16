// The variant perStep: a layer says what a step is, as products with R and kernels over elements,
// and each of them is a launch; any shape.
//
//   void Layer::step(PerStepExecutor& executor, int64_t order) const
#pragma once

#include <cuda_runtime.h>

#include "cuda/cell.cuh"
#include "cuda/resident_plan.h"

namespace refrain::cuda {

// Rows first .. first+count-1 of R [gates*H, Q].
struct Part {
  int64_t first;
  int64_t count;
};

class PerStepExecutor {
 public:
  PerStepExecutor(const CellCall& call, Direction direction)
      : call_(call), forward_(direction == Direction::kForward) {}

  // Absent rows are zeros.
  void product(const char* name, const refrain_view& rows, const Part& part,
               const refrain_view& result, Start start, const refrain_view& bias = absent()) {
    const refrain_view r = call_.parameter(call_.parameters.r + part.first * call_.outputs,
                                           call_.outputs);
    product_with(name, rows, r, part.count, call_.outputs, result, start, bias);
  }

  // The same with another matrix [count, columns] of the parameters.
  void product_with(const char* name, const refrain_view& rows, const refrain_view& matrix,
                    int64_t count, int64_t columns, const refrain_view& result, Start start,
                    const refrain_view& bias = absent()) {
    const int64_t terms = rows.data == nullptr ? 0 : (forward_ ? columns : count);
    multiply(call_.engine, name,
             {call_.groups, call_.batch, forward_ ? count : columns, terms, rows, false, matrix,
              forward_, result, start, bias});
  }

  // body(group, n * columns + j) for every row n and column j.
  template <class Body>
  void elements(const char* name, int64_t columns, const Body& body) {
    for_each(call_.engine, name, call_.groups, call_.batch * columns, body);
  }

 private:
  const CellCall& call_;
  const bool forward_;
};

template <class Layer>
void run_per_step(const CellCall& call, Direction direction, const Layer& layer) {
  PerStepExecutor executor(call, direction);
  for (int64_t i = 0; i < call.steps.count; ++i) {
    layer.step(executor, direction == Direction::kForward ? i : call.steps.count - 1 - i);
  }
}

}  // namespace refrain::cuda
