// Two launches. In the first a block takes a different input row, multiplies it with all candidates and
// with the labels of its pairs, and keeps losses and slopes; in the second a block takes a row of a
// gradient and sums over slopes in a fixed order. Each block first writes down where the rows of the
// batch lie, so that its sums wait for rows and not for one number after the other.
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
  __device__ float offset(int64_t group, int64_t slot) const {
    const float bias = *row_of(args.biases, group, class_row(group, slot));
    return args.log_expected == nullptr
               ? bias
               : bias - args.log_expected[group * capacity + slot];
  }
};

// The batch of one group: in a block's shared memory, or looked up anew where it has no room.
template <bool kOnChip>
class Lists {
 public:
  // Numbers that they take.
  static __host__ __device__ int64_t size(const refrain_nce_args& args) {
    return 4 * int64_t{args.batch} + 2 * int64_t{args.samples};
  }

  __device__ Lists(const Nce& nce, int64_t group, int32_t* memory)
      : nce_(nce),
        group_(group),
        input_of_pair_(memory),
        input_rows_(memory + nce.args.batch),
        class_slots_(memory + 2 * int64_t{nce.args.batch}),
        class_rows_(class_slots_ + nce.capacity) {
    if (!kOnChip) return;
    __syncthreads();  // nobody reads those of another group
    for (int64_t i = threadIdx.x; i < nce.capacity; i += blockDim.x) {
      class_slots_[i] = nce.class_slot(group, i);
      class_rows_[i] = static_cast<int32_t>(nce.class_row(group, class_slots_[i]));
      if (i >= nce.args.batch) continue;
      input_rows_[i] = static_cast<int32_t>(nce.input_row(group, i));
      input_of_pair_[i] = find_input(i);
    }
    __syncthreads();
  }

  // A pair's input slot; -1 for a pair that is not valid.
  __device__ __forceinline__ int32_t input_of_pair(int64_t n) const {
    return kOnChip ? input_of_pair_[n] : find_input(n);
  }
  // The row in an input slot, or -1.
  __device__ __forceinline__ int64_t input_row(int64_t slot) const {
    return kOnChip ? input_rows_[slot] : nce_.input_row(group_, slot);
  }
  // Of a pair's label, or, from N on, of a candidate: its slot, and the row in it or -1.
  __device__ __forceinline__ int32_t class_slot(int64_t i) const {
    return kOnChip ? class_slots_[i] : nce_.class_slot(group_, i);
  }
  __device__ __forceinline__ int64_t class_row(int64_t i) const {
    return kOnChip ? class_rows_[i] : nce_.class_row(group_, nce_.class_slot(group_, i));
  }

  // How many pairs of an input slot there are to which a candidate counts.
  __device__ int32_t warp_count(int64_t input, int32_t candidate) const {
    int32_t count = 0;
    for (int64_t n = threadIdx.x % kWarp; n < nce_.args.batch; n += kWarp) {
      const bool hit = nce_.args.remove_hits != 0 && class_slot(n) == candidate;
      if (input_of_pair(n) == input && !hit) ++count;
    }
    return warp_sum(count);
  }

 private:
  __device__ int32_t find_input(int64_t n) const {
    const int32_t slot = nce_.input_slot(group_, n);
    const bool valid = nce_.input_row(group_, slot) >= 0 &&
                       nce_.class_row(group_, nce_.class_slot(group_, n)) >= 0;
    return valid ? slot : -1;
  }

  const Nce& nce_;
  const int64_t group_;
  int32_t* const input_of_pair_;
  int32_t* const input_rows_;
  int32_t* const class_slots_;
  int32_t* const class_rows_;
};

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

// A different input row's candidates, four at once by a warp, then its pairs. The loss of this warp's.
template <bool kOnChip>
__device__ double input_slopes(const Nce& nce, const Lists<kOnChip>& lists, int64_t group,
                               int64_t input) {
  constexpr int kAtOnce = 4;
  const refrain_nce_args& args = nce.args;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const bool first_lane = threadIdx.x % kWarp == 0;
  const float scale = 1.0f / static_cast<float>(args.batch);
  const int64_t row = lists.input_row(input);
  const float* x = row < 0 ? nullptr : row_of(args.embeddings, group, row);
  float* slopes = nce.slopes + (group * args.batch + input) * args.samples;
  const int32_t all = lists.warp_count(input, -1);
  double loss = 0.0;
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
      float slope = 0.0f;
      if (w[k] != nullptr) {
        const int32_t slot = lists.class_slot(args.batch + s);
        const int32_t times = args.remove_hits != 0 ? lists.warp_count(input, slot) : all;
        const Softplus terms = softplus(sums[k] + nce.offset(group, slot));
        slope = terms.slope * scale * static_cast<float>(times);
        loss += static_cast<double>(terms.value * static_cast<float>(times));
      }
      if (first_lane) slopes[s] = slope;
    }
  }
  for (int64_t n = warp; n < args.batch; n += kWarps) {
    if (lists.input_of_pair(n) != input) continue;
    const float* const w[1] = {row_of(args.weights, group, lists.class_row(n))};
    float sums[1];
    warp_dots(x, w, args.columns, sums);
    const Softplus term = softplus(-(sums[0] + nce.offset(group, lists.class_slot(n))));
    loss += static_cast<double>(term.value);
    if (first_lane) nce.pair_slopes[group * args.batch + n] = -term.slope * scale;
  }
  return loss;
}

template <bool kOnChip>
__global__ void __launch_bounds__(kThreads) slopes_kernel(const __grid_constant__ Nce nce) {
  __shared__ double shared[kWarp];
  for (int64_t group = blockIdx.y; group < nce.args.groups; group += gridDim.y) {
    const Lists<kOnChip> lists(nce, group, reinterpret_cast<int32_t*>(dynamic_shared()));
    for (int64_t input = blockIdx.x; input < nce.input_count(group); input += gridDim.x) {
      double loss = input_slopes(nce, lists, group, input);
      loss = block_sum<kThreads>(threadIdx.x % kWarp == 0 ? loss : 0.0, shared);
      if (threadIdx.x == 0) nce.losses[group * nce.args.batch + input] = loss;
    }
  }
}

// The gradient of an input row. With D columns and a thread each.
template <bool kOnChip>
__device__ void input_gradient(const Nce& nce, const Lists<kOnChip>& lists, int64_t group,
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
__device__ void class_gradient(const Nce& nce, const Lists<kOnChip>& lists, int64_t group,
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
__device__ void finish_loss(const Nce& nce, const Lists<kOnChip>& lists, int64_t group,
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
    const Lists<kOnChip> lists(nce, group, reinterpret_cast<int32_t*>(dynamic_shared()));
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
  const int64_t losses = layout.take(2 * pairs);
  float* scratch = engine.scratch(layout.size());
  const Nce nce = {args, capacity, scratch + slopes, scratch + pair_slopes,
                   reinterpret_cast<double*>(scratch + losses)};
  const unsigned groups = static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups));
  const auto blocks = [](int64_t rows) {
    return static_cast<unsigned>(smaller(rows, kMostBlocks));
  };
  const int64_t list_bytes = Lists<true>::size(args) * static_cast<int64_t>(sizeof(int32_t));
  const bool on_chip = list_bytes <= kMostListBytes;
  const size_t shared_bytes = on_chip ? static_cast<size_t>(list_bytes) : 0;
  engine.launch("nce's slopes", on_chip ? slopes_kernel<true> : slopes_kernel<false>,
                dim3(blocks(args.batch), groups), dim3(kThreads), shared_bytes, nce);
  engine.launch("nce's gradients", on_chip ? gradients_kernel<true> : gradients_kernel<false>,
                dim3(blocks(args.batch + capacity + 1), groups), dim3(kThreads), shared_bytes, nce);
}

}  // namespace refrain::cuda
