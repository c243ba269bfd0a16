// Two launches. In the first a block takes a different input row, multiplies it with all candidates and
// with the labels of its pairs, and keeps losses and slopes; in the second a block takes a row of a
// gradient and sums over slopes in a fixed order. Each block first writes down where the rows of the
// batch lie, so that its sums wait for rows and not for one number after the other.
#include "cuda/nce_lists.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"
#include "cuda/step_loss.cuh"

namespace refrain::cuda {
namespace {

// Not measured yet: eight warps that take a candidate each, over rows of a few hundred numbers.
constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;

// x . w of several rows w, where absent ones give 0; known to all lanes.
template <int kRows>
__device__ __forceinline__ void warp_dots(const float* x, const float* const (&w)[kRows],
                                          int64_t columns, float (&sums)[kRows]) {
  REFRAIN_UNROLL
  for (int k = 0; k < kRows; ++k) sums[k] = 0.0f;
  for (int64_t i = threadIdx.x % kWarp; i < columns; i += kWarp) {
    REFRAIN_UNROLL
    for (int k = 0; k < kRows; ++k) {
      if (w[k] != nullptr) sums[k] = fmaf(x[i], w[k][i], sums[k]);
    }
  }
  REFRAIN_UNROLL
  for (int k = 0; k < kRows; ++k) sums[k] = warp_sum(sums[k]);
}

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

// e^(logit - largest); 0 for the -infinity of a candidate that has no row.
__device__ __forceinline__ float shrunk(float logit, float largest) {
  return logit == -INFINITY ? 0.0f : expf(logit - largest);
}

// Of a pair's logit and those of its candidates.
struct SoftmaxOfPair {
  double loss;
  float others;  // the candidates' probability
  float factor;  // times e^(l - largest): that of one candidate
};

// `others` is the sum of the candidates' e^(l - largest).
__device__ SoftmaxOfPair softmax_of_pair(float logit, float largest, double others) {
  const double above = static_cast<double>(logit) - largest;
  if (above >= 0.0) {
    const double shrink = exp(-above);
    const double rest = others * shrink;
    return {log1p(rest), static_cast<float>(rest / (1.0 + rest)),
            static_cast<float>(shrink / (1.0 + rest))};
  }
  const double total = exp(above) + others;
  return {log(total) - above, static_cast<float>(others / total), static_cast<float>(1.0 / total)};
}

// body(s, logit, slot) for this warp's candidates, whose rows it multiplies four at once with that of an
// input; where a row is not valid the slot is -1.
template <bool kOnChip, class Body>
__device__ void for_candidates(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                               const float* x, const Body& body) {
  constexpr int kAtOnce = 4;
  const refrain_nce_args& args = nce.args;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  for (int64_t first = warp; first < args.samples; first += kAtOnce * kWarps) {
    const float* w[kAtOnce];
    float sums[kAtOnce];
    REFRAIN_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const int64_t s = first + k * kWarps;
      const int64_t class_row = s < args.samples ? lists.class_row(args.batch + s) : -1;
      w[k] = x == nullptr || class_row < 0 ? nullptr : row_of(args.weights, group, class_row);
    }
    warp_dots(x, w, args.columns, sums);
    REFRAIN_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const int64_t s = first + k * kWarps;
      if (s >= args.samples) continue;
      const int32_t slot = w[k] == nullptr ? -1 : lists.class_slot(args.batch + s);
      body(s, slot < 0 ? 0.0f : sums[k] + nce.offset(group, slot), slot);
    }
  }
}

// body(n, logit) for this warp's pairs of an input row.
template <bool kOnChip, class Body>
__device__ void for_pairs(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group, int64_t input,
                          const float* x, const Body& body) {
  const refrain_nce_args& args = nce.args;
  for (int64_t n = static_cast<int>(threadIdx.x) / kWarp; n < args.batch; n += kWarps) {
    if (lists.input_of_pair(n) != input) continue;
    const float* const w[1] = {row_of(args.weights, group, lists.class_row(n))};
    float sums[1];
    warp_dots(x, w, args.columns, sums);
    body(n, sums[0] + nce.offset(group, lists.class_slot(n)));
  }
}

// The slopes of a different input row, and the loss of this warp's candidates and pairs.
template <bool kOnChip>
__device__ double nce_slopes(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                             int64_t input, const float* x, float* slopes) {
  const refrain_nce_args& args = nce.args;
  const bool first_lane = threadIdx.x % kWarp == 0;
  const float scale = 1.0f / static_cast<float>(args.batch);
  const int32_t all = lists.warp_count(input, -1);
  double loss = 0.0;
  for_candidates(nce, lists, group, x, [&](int64_t s, float logit, int32_t slot) {
    float slope = 0.0f;
    if (slot >= 0) {
      const int32_t times = args.remove_hits != 0 ? lists.warp_count(input, slot) : all;
      const Softplus terms = softplus(logit);
      slope = terms.slope * scale * static_cast<float>(times);
      loss += static_cast<double>(terms.value * static_cast<float>(times));
    }
    if (first_lane) slopes[s] = slope;
  });
  for_pairs(nce, lists, group, input, x, [&](int64_t n, float logit) {
    const Softplus term = softplus(-logit);
    loss += static_cast<double>(term.value);
    if (first_lane) nce.pair_slopes[group * args.batch + n] = -term.slope * scale;
  });
  return loss;
}

// The same by softmax, where a slope needs all logits of its pair: they lie where the slopes will, then the
// pairs' factors, times which e^(l - largest) is a slope, then the slopes.
template <bool kOnChip>
__device__ double softmax_slopes(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                                 int64_t input, const float* x, float* slopes) {
  const refrain_nce_args& args = nce.args;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const float scale = 1.0f / static_cast<float>(args.batch);
  float* pair_slopes = nce.pair_slopes + group * args.batch;
  for_candidates(nce, lists, group, x, [&](int64_t s, float logit, int32_t slot) {
    if (lane == 0) slopes[s] = slot < 0 ? -INFINITY : logit;
  });
  __syncthreads();
  float largest = -INFINITY;
  for (int64_t s = lane; s < args.samples; s += kWarp) largest = fmaxf(largest, slopes[s]);
  largest = warp_max(largest);
  double loss = 0.0;
  for_pairs(nce, lists, group, input, x, [&](int64_t n, float logit) {
    double others = 0.0;
    for (int64_t s = lane; s < args.samples; s += kWarp) {
      if (!lists.left_out(n, lists.class_slot(args.batch + s))) {
        others += static_cast<double>(shrunk(slopes[s], largest));
      }
    }
    const SoftmaxOfPair pair = softmax_of_pair(logit, largest, warp_sum(others));
    loss += pair.loss;
    if (lane == 0) {
      pair_slopes[n] = -pair.others * scale;
      nce.factors[group * args.batch + n] = pair.factor;
    }
  });
  __syncthreads();
  for (int64_t s = warp; s < args.samples; s += kWarps) {
    const float factor = lists.warp_factors(input, lists.class_slot(args.batch + s));
    if (lane == 0) slopes[s] = shrunk(slopes[s], largest) * factor * scale;
  }
  return loss;
}

template <bool kOnChip>
__global__ void __launch_bounds__(kThreads) slopes_kernel(const __grid_constant__ Nce nce) {
  __shared__ double shared[kWarp];
  for (int64_t group = blockIdx.y; group < nce.args.groups; group += gridDim.y) {
    const NceLists<kOnChip> lists(nce, group, reinterpret_cast<int32_t*>(dynamic_shared()));
    for (int64_t input = blockIdx.x; input < nce.input_count(group); input += gridDim.x) {
      const int64_t row = lists.input_row(input);
      const float* x = row < 0 ? nullptr : row_of(nce.args.embeddings, group, row);
      float* slopes = nce.slopes + (group * nce.args.batch + input) * nce.args.samples;
      double loss = nce.args.loss == REFRAIN_SAMPLED_SOFTMAX
                        ? softmax_slopes(nce, lists, group, input, x, slopes)
                        : nce_slopes(nce, lists, group, input, x, slopes);
      loss = block_sum<kThreads>(threadIdx.x % kWarp == 0 ? loss : 0.0, shared);
      if (threadIdx.x == 0) nce.losses[group * nce.args.batch + input] = loss;
    }
  }
}

// The gradient of an input row. With D columns and a thread each.
template <bool kOnChip>
__device__ void input_gradient(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                               int64_t input) {
  const refrain_nce_args& args = nce.args;
  const float* slopes = nce.slopes + (group * args.batch + input) * args.samples;
  for (int64_t d = threadIdx.x; d < args.columns; d += kThreads) {
    float sum = 0.0f;
#pragma unroll 8
    for (int64_t s = 0; s < args.samples; ++s) {
      const int64_t row = lists.class_row(args.batch + s);
      const float w = row >= 0 ? row_of(args.weights, group, row)[d] : 0.0f;
      sum = row >= 0 ? fmaf(slopes[s], w, sum) : sum;
    }
    for (int64_t n = 0; n < args.batch; ++n) {
      if (lists.input_of_pair(n) != input) continue;
      sum = fmaf(nce.pair_slopes[group * args.batch + n],
                 row_of(args.weights, group, lists.class_row(n))[d], sum);
    }
    row_of(args.d_embeddings, group, input)[d] = sum;
  }
}

// The gradient of a class, and of its bias, which is a column of ones.
template <bool kOnChip>
__device__ void class_gradient(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                               int64_t slot) {
  const refrain_nce_args& args = nce.args;
  const int64_t inputs = nce.input_count(group);
  for (int64_t d = threadIdx.x; d <= args.columns; d += kThreads) {
    const bool is_bias = d == args.columns;
    float sum = 0.0f;
    for (int64_t s = 0; s < args.samples; ++s) {
      if (lists.class_slot(args.batch + s) != slot) continue;
      const float* slopes = nce.slopes + group * args.batch * args.samples + s;
#pragma unroll 8
      for (int64_t input = 0; input < inputs; ++input) {
        const int64_t row = lists.input_row(input);
        const float x =
            is_bias || row < 0 ? 1.0f : row_of(args.embeddings, group, row)[d];
        sum = row >= 0 ? fmaf(slopes[input * args.samples], x, sum) : sum;
      }
    }
    for (int64_t n = 0; n < args.batch; ++n) {
      if (lists.class_slot(n) != slot) continue;
      const int32_t input = lists.input_of_pair(n);
      if (input < 0) continue;
      const float x =
          is_bias ? 1.0f : row_of(args.embeddings, group, lists.input_row(input))[d];
      sum = fmaf(nce.pair_slopes[group * args.batch + n], x, sum);
    }
    *(is_bias ? row_of(args.d_biases, group, slot) : row_of(args.d_weights, group, slot) + d) = sum;
  }
}

template <bool kOnChip>
__device__ void finish_loss(const Nce& nce, const NceLists<kOnChip>& lists, int64_t group,
                            double* shared) {
  const refrain_nce_args& args = nce.args;
  double sum = 0.0;
  double broken = 0.0;
  for (int64_t k = threadIdx.x; k < nce.input_count(group); k += kThreads) {
    sum += nce.losses[group * args.batch + k];
  }
  for (int64_t i = threadIdx.x; i < nce.capacity; i += kThreads) {
    const bool valid = i < args.batch ? lists.input_of_pair(i) >= 0 : lists.class_row(i) >= 0;
    broken += valid ? 0.0 : 1.0;
  }
  sum = block_sum<kThreads>(sum, shared);
  broken = block_sum<kThreads>(broken, shared);
  if (threadIdx.x == 0) {
    keep_loss(args.state, group, broken == 0.0 ? sum / args.batch : nan(""));
  }
}

template <bool kOnChip>
__global__ void __launch_bounds__(kThreads) gradients_kernel(const __grid_constant__ Nce nce) {
  __shared__ double shared[kWarp];
  const int64_t inputs = nce.args.batch;
  for (int64_t group = blockIdx.y; group < nce.args.groups; group += gridDim.y) {
    const NceLists<kOnChip> lists(nce, group, reinterpret_cast<int32_t*>(dynamic_shared()));
    for (int64_t i = blockIdx.x; i <= inputs + nce.capacity; i += gridDim.x) {
      if (i < inputs) {
        if (i < nce.input_count(group)) input_gradient(nce, lists, group, i);
      } else if (i < inputs + nce.capacity) {
        if (i - inputs < nce.class_count(group)) class_gradient(nce, lists, group, i - inputs);
      } else {
        finish_loss(nce, lists, group, shared);
      }
    }
  }
}

// Lists that fit the shared memory that a kernel has without asking, beside what else it takes.
constexpr int64_t kMostListBytes = 40 << 10;

}  // namespace

void nce(Engine& engine, const refrain_nce_args& args) {
  const int64_t capacity = int64_t{args.batch} + args.samples;
  const int64_t pairs = int64_t{args.groups} * args.batch;
  ScratchLayout layout;
  const int64_t slopes = layout.take(pairs * args.samples);
  const int64_t pair_slopes = layout.take(pairs);
  const int64_t factors = layout.take(args.loss == REFRAIN_SAMPLED_SOFTMAX ? pairs : 0);
  const int64_t losses = layout.take(2 * pairs);
  float* scratch = engine.scratch(layout.size());
  const Nce nce = {args,
                   capacity,
                   scratch + slopes,
                   scratch + pair_slopes,
                   scratch + factors,
                   reinterpret_cast<double*>(scratch + losses)};
  const unsigned groups = static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups));
  const auto blocks = [](int64_t rows) {
    return static_cast<unsigned>(smaller(rows, kMostBlocks));
  };
  const int64_t list_bytes = NceLists<true>::size(args) * static_cast<int64_t>(sizeof(int32_t));
  const bool on_chip = list_bytes <= kMostListBytes;
  const size_t shared_bytes = on_chip ? static_cast<size_t>(list_bytes) : 0;
  engine.launch("nce's slopes", on_chip ? slopes_kernel<true> : slopes_kernel<false>,
                dim3(blocks(args.batch), groups), dim3(kThreads), shared_bytes, nce);
  engine.launch("nce's gradients", on_chip ? gradients_kernel<true> : gradients_kernel<false>,
                dim3(blocks(args.batch + capacity + 1), groups), dim3(kThreads), shared_bytes, nce);
}

}  // namespace refrain::cuda
