// Kernels that bring a layer's arrays into the form in which cuDNN runs it (cudnn_layer.h), and
// back. A quote marks what cuDNN sees: steps s in the order in which they are run, rows without
// gaps.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/elementwise.cuh"

namespace refrain::cuda {

// Which step of time a step in the order of running is, and the other way round.
struct RunningOrder {
  const int32_t* lengths;  // [G,N]; null: all run to the end
  int64_t batch;
  int64_t steps;
  bool reverse;

  __device__ int64_t length(int64_t group, int64_t n) const {
    if (lengths == nullptr) return steps;
    const int64_t length = lengths[group * batch + n];
    return length < 0 ? 0 : smaller(length, steps);
  }
  // For step < length; its own inverse.
  __device__ int64_t other(int64_t length, int64_t step) const {
    return reverse ? length - 1 - step : step;
  }
};

// x' [T,N,columns]: x, and behind its columns a 1 where the sequence has ended.
struct StageInput {
  RunningOrder order;
  int64_t inputs;
  int64_t columns;
  refrain_view x;
  refrain_view staged;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t row = i / columns;
    const int64_t column = i % columns;
    const int64_t n = row % order.batch;
    const int64_t length = order.length(group, n);
    const int64_t step = row / order.batch;
    float value = 0.0f;
    if (step >= length) {
      value = column == inputs ? 1.0f : 0.0f;
    } else if (column < inputs) {
      value = row_of(x, group, order.other(length, step) * order.batch + n)[column];
    }
    row_of(staged, group, row)[column] = value;
  }
};

// y [T,N,Q] from y'.
struct TakeOutput {
  RunningOrder order;
  int64_t outputs;
  refrain_view staged;
  refrain_view y;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t row = i / outputs;
    const int64_t column = i % outputs;
    const int64_t n = row % order.batch;
    const int64_t length = order.length(group, n);
    const int64_t t = row / order.batch;
    row_of(y, group, row)[column] =
        t < length
            ? row_of(staged, group, order.other(length, t) * order.batch + n)[column]
            : 0.0f;
  }
};

// hy [N,Q]: y' of the last valid step; hx where there is none.
struct TakeFinalState {
  RunningOrder order;
  int64_t outputs;
  refrain_view hx;
  refrain_view staged;
  refrain_view hy;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / outputs;
    const int64_t column = i % outputs;
    const int64_t length = order.length(group, n);
    row_of(hy, group, n)[column] =
        length == 0 ? element_or_zero(hx, group, n, column)
                    : row_of(staged, group, (length - 1) * order.batch + n)[column];
  }
};

// dy' [T,N,Q]: dy, and dhy at the last valid step.
struct StageOutputGradient {
  RunningOrder order;
  int64_t outputs;
  refrain_view dy;
  refrain_view dhy;
  refrain_view staged;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t row = i / outputs;
    const int64_t column = i % outputs;
    const int64_t n = row % order.batch;
    const int64_t length = order.length(group, n);
    const int64_t step = row / order.batch;
    float value = 0.0f;
    if (step < length) {
      value = element_or_zero(dy, group, order.other(length, step) * order.batch + n, column);
      if (step == length - 1) value += element_or_zero(dhy, group, n, column);
    }
    row_of(staged, group, row)[column] = value;
  }
};

// dx [T,N,I] from the first columns of dx', assigned or added to.
struct TakeInputGradient {
  RunningOrder order;
  int64_t inputs;
  bool accumulate;
  refrain_view staged;
  refrain_view dx;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t row = i / inputs;
    const int64_t column = i % inputs;
    const int64_t n = row % order.batch;
    const int64_t length = order.length(group, n);
    const int64_t t = row / order.batch;
    float& target = row_of(dx, group, row)[column];
    const float value =
        t < length
            ? row_of(staged, group, order.other(length, t) * order.batch + n)[column]
            : 0.0f;
    target = accumulate ? target + value : value;
  }
};

// dhx [N,Q] from cuDNN's; dhy passes through a sequence without steps.
struct TakeStateGradient {
  RunningOrder order;
  int64_t outputs;
  refrain_view staged;
  refrain_view dhy;
  refrain_view dhx;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / outputs;
    const int64_t column = i % outputs;
    row_of(dhx, group, n)[column] = order.length(group, n) == 0
                                        ? element_or_zero(dhy, group, n, column)
                                        : row_of(staged, group, n)[column];
  }
};

// A matrix [rows, columns] of the weight space with its bias, and where they lie in a group's
// parameters.
struct WeightPart {
  int64_t rows;
  int64_t columns;
  int64_t matrix;
  int64_t bias;            // -1: none
  int64_t source;          // [rows, source_columns]
  int64_t source_columns;  // further columns: `ended`, then zeros
  int64_t source_bias;     // -1: zeros
  float bias_added;
  float ended;
};

// All parts, with an element for each weight and one for each row's bias.
struct WeightParts {
  static constexpr int kMost = 9;
  WeightPart parts[kMost];
  int count;

  __host__ __device__ int64_t elements() const {
    int64_t sum = 0;
    for (int p = 0; p < count; ++p) sum += parts[p].rows * (parts[p].columns + 1);
    return sum;
  }

  // Which part element i belongs to; i becomes the element within it.
  __device__ const WeightPart& part_of(int64_t& i) const {
    int p = 0;
    while (i >= parts[p].rows * (parts[p].columns + 1)) {
      i -= parts[p].rows * (parts[p].columns + 1);
      ++p;
    }
    return parts[p];
  }
};

// Parameters into the weight space.
struct PackWeights {
  WeightParts weights;
  const float* parameters;
  int64_t parameters_stride;
  float* space;
  int64_t space_stride;

  __device__ void operator()(int64_t group, int64_t i) const {
    const WeightPart& part = weights.part_of(i);
    const int64_t row = i / (part.columns + 1);
    const int64_t column = i % (part.columns + 1);
    const float* from = parameters + group * parameters_stride;
    float* to = space + group * space_stride;
    if (column < part.source_columns) {
      to[part.matrix + row * part.columns + column] =
          from[part.source + row * part.source_columns + column];
    } else if (column < part.columns) {
      to[part.matrix + row * part.columns + column] =
          column == part.source_columns ? part.ended : 0.0f;
    } else if (part.bias >= 0) {
      to[part.bias + row] =
          (part.source_bias < 0 ? 0.0f : from[part.source_bias + row]) + part.bias_added;
    }
  }
};

// Gradients out of the weight space, assigned or added to.
struct TakeWeightGradients {
  WeightParts weights;
  bool accumulate;
  const float* space;
  int64_t space_stride;
  float* gradients;
  int64_t gradients_stride;

  __device__ void operator()(int64_t group, int64_t i) const {
    const WeightPart& part = weights.part_of(i);
    const int64_t row = i / (part.columns + 1);
    const int64_t column = i % (part.columns + 1);
    const float* from = space + group * space_stride;
    float* to = gradients + group * gradients_stride;
    if (column < part.source_columns) {
      put(to[part.source + row * part.source_columns + column],
          from[part.matrix + row * part.columns + column]);
    } else if (column == part.columns && part.bias >= 0 && part.source_bias >= 0) {
      put(to[part.source_bias + row], from[part.bias + row]);
    }
  }

  __device__ void put(float& target, float value) const {
    target = accumulate ? target + value : value;
  }
};

}  // namespace refrain::cuda
