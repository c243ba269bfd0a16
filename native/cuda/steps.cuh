// How a recurrent layer runs through its steps. A layer says once what a step is, as products with R and
// kernels over elements, to an executor:
//
//   per step  every product and kernel is a launch; any shape
//   block     one launch for all steps: a block keeps R of a group in shared memory and owns a few rows
//             of the batch, which need no other rows; where R fits
//
// Both add the same terms in the same order, so that their results have the same bits.
//
//   template <class Executor>
//   __host__ __device__ void Layer::step(Executor& executor, int64_t order) const
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "cuda/cell.cuh"
#include "cuda/recurrence.h"

// A step is compiled for the host's executor and for the device's.
#if defined(__NVCC__)
#define REFRAIN_EVERY_EXECUTOR _Pragma("nv_exec_check_disable")
#else
#define REFRAIN_EVERY_EXECUTOR
#endif

namespace refrain::cuda {

// Forward multiplies with the transpose of R: result[n, i] += sum over k of rows[n, k] R[first + i, k].
// Backward with R: result[n, k] += sum over i of rows[n, i] R[first + i, k].
enum class Direction { kForward, kBackward };

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

constexpr int kBlockThreads = 256;
// Rows of the batch that a block owns: they share what is read of R.
constexpr int kBlockRows = 4;

// What one block of the block variant knows, and its way of doing a step.
struct BlockExecutor {
  Direction direction;
  int64_t group;
  int64_t first;  // row of the batch
  int64_t rows;
  int64_t outputs;
  int64_t gate_rows;
  const float* r;  // in shared memory: R [gates*H, Q], forward its transpose
  float* staged;   // in shared memory: rows of the left operand

  // Elements of the right operand: of term k and column c at data[k * term_stride + c * stride].
  struct Right {
    const float* data;
    int64_t term_stride;
    int64_t stride;
    int64_t columns;
    int64_t terms;
  };

  __device__ void product(const char*, const refrain_view& left, const Part& part,
                          const refrain_view& result, Start start,
                          const refrain_view& bias = absent()) const {
    const Right right = direction == Direction::kForward
                            ? Right{r + part.first, gate_rows, 1, part.count, outputs}
                            : Right{r + part.first * outputs, outputs, 1, outputs, part.count};
    multiply(left, right, result, start, bias);
  }

  __device__ void product_with(const char*, const refrain_view& left, const refrain_view& matrix,
                               int64_t count, int64_t columns, const refrain_view& result,
                               Start start, const refrain_view& bias = absent()) const {
    const float* data = row_of(matrix, group, 0);
    const Right right = direction == Direction::kForward
                            ? Right{data, 1, matrix.row_stride, count, columns}
                            : Right{data, matrix.row_stride, 1, columns, count};
    multiply(left, right, result, start, bias);
  }

  __device__ void multiply(const refrain_view& left, const Right& right,
                           const refrain_view& result, Start start,
                           const refrain_view& bias) const {
    const int64_t terms = left.data == nullptr ? 0 : right.terms;
    for (int64_t i = threadIdx.x; i < rows * terms; i += blockDim.x) {
      staged[i] = row_of(left, group, first + i / terms)[i % terms];
    }
    __syncthreads();
    for (int64_t column = threadIdx.x; column < right.columns; column += blockDim.x) {
      float sums[kBlockRows];
      for (int row = 0; row < kBlockRows; ++row) {
        sums[row] = 0.0f;
        if (row >= rows || start == Start::kZero) continue;
        sums[row] = start == Start::kC ? row_of(result, group, first + row)[column]
                                       : element_or_zero(bias, group, 0, column);
      }
      for (int64_t k = 0; k < terms; ++k) {
        const float from_right = right.data[k * right.term_stride + column * right.stride];
        for (int row = 0; row < kBlockRows; ++row) {
          if (row < rows) sums[row] = fmaf(staged[row * terms + k], from_right, sums[row]);
        }
      }
      for (int row = 0; row < kBlockRows; ++row) {
        if (row < rows) row_of(result, group, first + row)[column] = sums[row];
      }
    }
    __syncthreads();
  }

  template <class Body>
  __device__ void elements(const char*, int64_t columns, const Body& body) const {
    for (int64_t i = threadIdx.x; i < rows * columns; i += blockDim.x) {
      body(group, first * columns + i);
    }
    __syncthreads();
  }
};

constexpr int64_t block_shared_bytes(int64_t recurrent_floats, int64_t most_terms) {
  return (recurrent_floats + kBlockRows * most_terms) * static_cast<int64_t>(sizeof(float));
}

// The block variant of recurrence.h.
inline std::string block_declines(const Engine& engine, const Recurrence& recurrence) {
  const refrain_cell_shape& s = recurrence.shape;
  const int64_t most_terms =
      larger(int64_t{recurrence.gates} * s.hidden, larger(s.hidden, s.outputs));
  const int64_t needed = block_shared_bytes(recurrence.recurrent_floats(), most_terms);
  if (needed <= engine.shared_bytes()) return "";
  return "it keeps R in shared memory, which takes " + std::to_string(needed) +
         " bytes here; the device gives a block " + std::to_string(engine.shared_bytes());
}

// What the launch of a block kernel is given besides its layer.
struct BlockCall {
  Direction direction;
  int64_t groups;
  int64_t steps;
  int64_t batch;
  int64_t outputs;
  int64_t gate_rows;
  refrain_view r;
};

__device__ inline void load_recurrent_weights(const BlockCall& call, int64_t group, float* shared) {
  const float* r = row_of(call.r, group, 0);
  for (int64_t i = threadIdx.x; i < call.gate_rows * call.outputs; i += blockDim.x) {
    const int64_t row = i / call.outputs;
    const int64_t column = i % call.outputs;
    shared[call.direction == Direction::kForward ? column * call.gate_rows + row : i] = r[i];
  }
  __syncthreads();
}

template <class Layer>
__global__ void __launch_bounds__(kBlockThreads) block_kernel(Layer layer, BlockCall call) {
  float* shared = dynamic_shared();
  BlockExecutor executor;
  executor.direction = call.direction;
  executor.first = static_cast<int64_t>(blockIdx.x) * kBlockRows;
  executor.rows = smaller(kBlockRows, call.batch - executor.first);
  executor.outputs = call.outputs;
  executor.gate_rows = call.gate_rows;
  executor.r = shared;
  executor.staged = shared + call.gate_rows * call.outputs;
  for (int64_t group = blockIdx.y; group < call.groups; group += gridDim.y) {
    executor.group = group;
    load_recurrent_weights(call, group, shared);
    for (int64_t i = 0; i < call.steps; ++i) {
      layer.step(executor, call.direction == Direction::kForward ? i : call.steps - 1 - i);
    }
  }
}

// Runs all steps of a layer by a variant that took it. `most_terms`: of the layer's products, whose left
// operands the block variant stages in shared memory.
template <class Layer>
void run_steps(const char* name, const CellCall& call, Variant variant, Direction direction,
               int64_t most_terms, const Layer& layer) {
  Engine& engine = call.engine;
  if (variant == Variant::kPerStep) {
    PerStepExecutor executor(call, direction);
    for (int64_t i = 0; i < call.steps.count; ++i) {
      layer.step(executor, direction == Direction::kForward ? i : call.steps.count - 1 - i);
    }
    return;
  }
  const dim3 grid(static_cast<unsigned>(divide_up(call.batch, kBlockRows)),
                  static_cast<unsigned>(smaller(call.groups, kMostBlocksOfGroups)));
  const int64_t shared_bytes = block_shared_bytes(call.gate_rows * call.outputs, most_terms);
  engine.launch(name, block_kernel<Layer>, grid, dim3(kBlockThreads),
                static_cast<size_t>(shared_bytes), layer,
                BlockCall{direction, call.groups, call.steps.count, call.batch, call.outputs,
                          call.gate_rows, call.parameter(call.parameters.r, call.outputs)});
}

}  // namespace refrain::cuda
