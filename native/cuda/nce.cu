// Two launches. In the first a block takes a different input row, multiplies it with all candidates and
// with the labels of its pairs, and keeps losses and slopes; in the second a block takes a row of a
// gradient and sums over slopes in a fixed order.
#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"
#include "cuda/step_loss.cuh"

namespace refrain::cuda {
namespace {

// Not measured yet: eight warps that take a candidate each, over rows of a few hundred numbers.
constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;

struct Nce {
  refrain_nce_args args;
  int64_t capacity;    // N + S
  float* slopes;       // [G,N,S], by input slot
  float* pair_slopes;  // [G,N]
  double* losses;      // [G,N], by input slot

  __device__ int64_t input_count(int64_t group) const {
    return larger(0, smaller(args.input_count[group], args.batch));
  }
  __device__ int64_t class_count(int64_t group) const {
    return larger(0, smaller(args.class_count[group], capacity));
  }
  __device__ int32_t input_slot(int64_t group, int64_t pair) const {
    return args.input_slots[group * args.batch + pair];
  }
  // Of a pair's label, or, from N on, of a candidate.
  __device__ int32_t class_slot(int64_t group, int64_t i) const {
    return args.class_slots[group * capacity + i];
  }
  // The row in a slot; -1 if the slot or its row is not valid.
  __device__ int64_t input_row(int64_t group, int64_t slot) const {
    if (slot < 0 || slot >= input_count(group)) return -1;
    const int32_t row = args.input_rows[group * args.batch + slot];
    return row < args.words ? row : -1;
  }
  __device__ int64_t class_row(int64_t group, int64_t slot) const {
    if (slot < 0 || slot >= class_count(group)) return -1;
    const int32_t row = args.class_rows[group * capacity + slot];
    return row < args.classes ? row : -1;
  }
  __device__ bool valid(int64_t group, int64_t pair) const {
    return input_row(group, input_slot(group, pair)) >= 0 &&
           class_row(group, class_slot(group, pair)) >= 0;
  }
  __device__ float offset(int64_t group, int64_t slot) const {
    const float bias = *row_of(args.biases, group, class_row(group, slot));
    return args.log_expected == nullptr
               ? bias
               : bias - args.log_expected[group * capacity + slot];
  }

  // x . w, known to all lanes.
  __device__ float warp_dot(const float* x, const float* w) const {
    float sum = 0.0f;
    for (int64_t i = threadIdx.x % kWarp; i < args.columns; i += kWarp) {
      sum = fmaf(x[i], w[i], sum);
    }
    return warp_sum(sum);
  }

  // How many pairs of an input slot there are to which a candidate counts.
  __device__ int32_t warp_count(int64_t group, int64_t input, int32_t candidate) const {
    int32_t count = 0;
    for (int64_t n = threadIdx.x % kWarp; n < args.batch; n += kWarp) {
      const bool hit = args.remove_hits != 0 && class_slot(group, n) == candidate;
      if (input_slot(group, n) == input && valid(group, n) && !hit) ++count;
    }
    return warp_sum(count);
  }
};

// log(1 + e^x) and sigmoid(x).
struct Softplus {
  float value;
  float slope;
};

__device__ Softplus softplus(float x) {
  const float e = expf(-fabsf(x));
  const float positive = x > 0.0f || x != x ? x : 0.0f;
  return {positive + log1pf(e), x > 0.0f ? 1.0f / (1.0f + e) : e / (1.0f + e)};
}

__global__ void __launch_bounds__(kThreads) slopes_kernel(Nce nce) {
  __shared__ double shared[kWarp];
  const refrain_nce_args& args = nce.args;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const bool first_lane = threadIdx.x % kWarp == 0;
  const float scale = 1.0f / static_cast<float>(args.batch);
  for (int64_t group = blockIdx.y; group < args.groups; group += gridDim.y) {
    for (int64_t input = blockIdx.x; input < nce.input_count(group); input += gridDim.x) {
      const int64_t row = nce.input_row(group, input);
      const float* x = row < 0 ? nullptr : row_of(args.embeddings, group, row);
      float* slopes = nce.slopes + (group * args.batch + input) * args.samples;
      double loss = 0.0;
      const int32_t all = nce.warp_count(group, input, -1);
      for (int64_t s = warp; s < args.samples; s += kWarps) {
        const int32_t slot = nce.class_slot(group, args.batch + s);
        const int64_t class_row = nce.class_row(group, slot);
        float slope = 0.0f;
        if (x != nullptr && class_row >= 0) {
          const float logit =
              nce.warp_dot(x, row_of(args.weights, group, class_row)) + nce.offset(group, slot);
          const int32_t times =
              args.remove_hits != 0 ? nce.warp_count(group, input, slot) : all;
          const Softplus terms = softplus(logit);
          slope = terms.slope * scale * static_cast<float>(times);
          loss += static_cast<double>(terms.value * static_cast<float>(times));
        }
        if (first_lane) slopes[s] = slope;
      }
      for (int64_t n = warp; n < args.batch; n += kWarps) {
        if (nce.input_slot(group, n) != input || !nce.valid(group, n)) continue;
        const int32_t slot = nce.class_slot(group, n);
        const float* w = row_of(args.weights, group, nce.class_row(group, slot));
        const Softplus term = softplus(-(nce.warp_dot(x, w) + nce.offset(group, slot)));
        loss += static_cast<double>(term.value);
        if (first_lane) nce.pair_slopes[group * args.batch + n] = -term.slope * scale;
      }
      loss = block_sum<kThreads>(first_lane ? loss : 0.0, shared);
      if (threadIdx.x == 0) nce.losses[group * args.batch + input] = loss;
    }
  }
}

// The gradient of an input row. With D columns and a thread each.
__device__ void input_gradient(const Nce& nce, int64_t group, int64_t input) {
  const refrain_nce_args& args = nce.args;
  const float* slopes = nce.slopes + (group * args.batch + input) * args.samples;
  for (int64_t d = threadIdx.x; d < args.columns; d += kThreads) {
    float sum = 0.0f;
    for (int64_t s = 0; s < args.samples; ++s) {
      const int64_t row = nce.class_row(group, nce.class_slot(group, args.batch + s));
      if (row >= 0) sum = fmaf(slopes[s], row_of(args.weights, group, row)[d], sum);
    }
    for (int64_t n = 0; n < args.batch; ++n) {
      if (nce.input_slot(group, n) != input || !nce.valid(group, n)) continue;
      const int64_t row = nce.class_row(group, nce.class_slot(group, n));
      sum = fmaf(nce.pair_slopes[group * args.batch + n], row_of(args.weights, group, row)[d], sum);
    }
    row_of(args.d_embeddings, group, input)[d] = sum;
  }
}

// The gradient of a class, and of its bias, which is a column of ones.
__device__ void class_gradient(const Nce& nce, int64_t group, int64_t slot) {
  const refrain_nce_args& args = nce.args;
  for (int64_t d = threadIdx.x; d <= args.columns; d += kThreads) {
    const bool is_bias = d == args.columns;
    float sum = 0.0f;
    for (int64_t s = 0; s < args.samples; ++s) {
      if (nce.class_slot(group, args.batch + s) != slot) continue;
      for (int64_t input = 0; input < nce.input_count(group); ++input) {
        const int64_t row = nce.input_row(group, input);
        if (row < 0) continue;
        const float slope = nce.slopes[(group * args.batch + input) * args.samples + s];
        sum = is_bias ? sum + slope
                      : fmaf(slope, row_of(args.embeddings, group, row)[d], sum);
      }
    }
    for (int64_t n = 0; n < args.batch; ++n) {
      if (nce.class_slot(group, n) != slot || !nce.valid(group, n)) continue;
      const float slope = nce.pair_slopes[group * args.batch + n];
      const int64_t row = nce.input_row(group, nce.input_slot(group, n));
      sum = is_bias ? sum + slope : fmaf(slope, row_of(args.embeddings, group, row)[d], sum);
    }
    *(is_bias ? row_of(args.d_biases, group, slot) : row_of(args.d_weights, group, slot) + d) = sum;
  }
}

__device__ void finish_loss(const Nce& nce, int64_t group, double* shared) {
  const refrain_nce_args& args = nce.args;
  double sum = 0.0;
  double broken = 0.0;
  for (int64_t k = threadIdx.x; k < nce.input_count(group); k += kThreads) {
    sum += nce.losses[group * args.batch + k];
  }
  for (int64_t i = threadIdx.x; i < nce.capacity; i += kThreads) {
    const bool valid = i < args.batch ? nce.valid(group, i)
                                      : nce.class_row(group, nce.class_slot(group, i)) >= 0;
    broken += valid ? 0.0 : 1.0;
  }
  sum = block_sum<kThreads>(sum, shared);
  broken = block_sum<kThreads>(broken, shared);
  if (threadIdx.x == 0) {
    keep_loss(args.state, group, broken == 0.0 ? sum / args.batch : nan(""));
  }
}

__global__ void __launch_bounds__(kThreads) gradients_kernel(Nce nce) {
  __shared__ double shared[kWarp];
  const int64_t inputs = nce.args.batch;
  for (int64_t group = blockIdx.y; group < nce.args.groups; group += gridDim.y) {
    for (int64_t i = blockIdx.x; i <= inputs + nce.capacity; i += gridDim.x) {
      if (i < inputs) {
        if (i < nce.input_count(group)) input_gradient(nce, group, i);
      } else if (i < inputs + nce.capacity) {
        if (i - inputs < nce.class_count(group)) class_gradient(nce, group, i - inputs);
      } else {
        finish_loss(nce, group, shared);
      }
    }
  }
}

}  // namespace

void nce(Engine& engine, const refrain_nce_args& args) {
  const int64_t capacity = int64_t{args.batch} + args.samples;
  const int64_t pairs = int64_t{args.groups} * args.batch;
  ScratchLayout layout;
  const int64_t slopes = layout.take(pairs * args.samples);
  const int64_t pair_slopes = layout.take(pairs);
  const int64_t losses = layout.take(2 * pairs);
  float* scratch = engine.scratch(layout.size());
  const Nce nce = {args, capacity, scratch + slopes, scratch + pair_slopes,
                   reinterpret_cast<double*>(scratch + losses)};
  const unsigned groups = static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups));
  const auto blocks = [](int64_t rows) {
    return static_cast<unsigned>(smaller(rows, kMostBlocks));
  };
  engine.launch("nce's slopes", slopes_kernel, dim3(blocks(args.batch), groups), dim3(kThreads), 0,
                nce);
  engine.launch("nce's gradients", gradients_kernel,
                dim3(blocks(args.batch + capacity + 1), groups), dim3(kThreads), 0, nce);
}

}  // namespace refrain::cuda
