// What nce.h's kernels are given, and which pairs and candidates of a batch share a row.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/elementwise.cuh"
#include "cuda/reduce.cuh"
#include "refrain/nce.h"

namespace refrain::cuda {

struct Nce {
  refrain_nce_args args;
  int64_t capacity;    // N + S
  float* slopes;       // [G,N,S], by input slot
  float* pair_slopes;  // [G,N]
  float* factors;      // [G,N], softmax alone
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
class NceLists {
 public:
  // Numbers that they take.
  static __host__ __device__ int64_t size(const refrain_nce_args& args) {
    return 4 * int64_t{args.batch} + 2 * int64_t{args.samples};
  }

  __device__ NceLists(const Nce& nce, int64_t group, int32_t* memory)
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

  // Whether a candidate is a pair's own label, and is left out of it.
  __device__ __forceinline__ bool left_out(int64_t n, int32_t candidate) const {
    return nce_.args.remove_hits != 0 && class_slot(n) == candidate;
  }
  // How many pairs of an input slot there are to which a candidate counts.
  __device__ int32_t warp_count(int64_t input, int32_t candidate) const {
    int32_t count = 0;
    for (int64_t n = threadIdx.x % kWarp; n < nce_.args.batch; n += kWarp) {
      if (input_of_pair(n) == input && !left_out(n, candidate)) ++count;
    }
    return warp_sum(count);
  }
  // The sum of those pairs' factors.
  __device__ float warp_factors(int64_t input, int32_t candidate) const {
    float sum = 0.0f;
    for (int64_t n = threadIdx.x % kWarp; n < nce_.args.batch; n += kWarp) {
      if (input_of_pair(n) == input && !left_out(n, candidate)) {
        sum += nce_.factors[group_ * nce_.args.batch + n];
      }
    }
    return warp_sum(sum);
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

}  // namespace refrain::cuda
