// The sums of a lane over its weights, and of the lanes that share an output (resident_plan.h says
// how R lies over them).
#pragma once

#include <cuda_runtime.h>

#include "cuda/launch.cuh"
#include "cuda/resident_unit.cuh"

namespace refrain::cuda {

__device__ __forceinline__ void add_products(const float4& weight, const float4& vector,
                                             float& sum) {
  sum = fmaf(weight.x, vector.x, sum);
  sum = fmaf(weight.y, vector.y, sum);
  sum = fmaf(weight.z, vector.z, sum);
  sum = fmaf(weight.w, vector.w, sum);
}

// The sums over the `lanes` lanes of a group: of output (lane mod 4) to each lane where there are 3
// or 4, of output (lane mod 2) where there are 2; of four rows that of row (lane / 4 mod 4). Each
// is a fixed tree, pairs of lanes, pairs of pairs, and so on, whatever shares it.
template <int kOuts>
__device__ __forceinline__ float sum_over_four_lanes(const float (&sums)[kOuts]) {
  const int lane = static_cast<int>(threadIdx.x);
  float sum = sums[0];
  if constexpr (kOuts == 1) {
    sum += __shfl_xor_sync(kAllLanes, sum, 1);
    sum += __shfl_xor_sync(kAllLanes, sum, 2);
  } else {
    const bool odd = (lane & 1) != 0;
    const float first = odd ? sums[1] : sums[0];
    const float first_given = odd ? sums[0] : sums[1];
    sum = first + __shfl_xor_sync(kAllLanes, first_given, 1);
    if constexpr (kOuts == 2) {
      sum += __shfl_xor_sync(kAllLanes, sum, 2);
    } else {
      const float last = kOuts == 4 ? sums[kOuts - 1] : 0.0f;
      const float second = odd ? last : sums[2];
      const float second_given = odd ? sums[2] : last;
      const float other = second + __shfl_xor_sync(kAllLanes, second_given, 1);
      const bool upper = (lane & 2) != 0;
      sum = (upper ? other : sum) + __shfl_xor_sync(kAllLanes, upper ? sum : other, 2);
    }
  }
  return sum;
}

template <int kOuts, int kRows>
__device__ __forceinline__ float sum_over_lanes(const float (&sums)[kRows][kOuts], int lanes) {
  float sum = sum_over_four_lanes(sums[0]);
  int distance = 4;
  if constexpr (kRows == 4) {
    const int lane = static_cast<int>(threadIdx.x);
    const bool odd = (lane & 4) != 0;
    const bool upper = (lane & 8) != 0;
    const float second = sum_over_four_lanes(sums[1]);
    const float third = sum_over_four_lanes(sums[2]);
    const float fourth = sum_over_four_lanes(sums[3]);
    const float low = (odd ? second : sum) + __shfl_xor_sync(kAllLanes, odd ? sum : second, 4);
    const float high = (odd ? fourth : third) + __shfl_xor_sync(kAllLanes, odd ? third : fourth, 4);
    sum = (upper ? high : low) + __shfl_xor_sync(kAllLanes, upper ? low : high, 8);
    distance = 16;
  }
  for (; distance < lanes; distance *= 2) sum += __shfl_xor_sync(kAllLanes, sum, distance);
  return sum;
}

// A lane's weights in one phase.
template <int kOuts, int kKept>
struct Weights {
  float4 kept[kKept][kOuts] = {};
  // In shared memory, those of this lane: [piece][out] at a block's distance.
  const float4* others = nullptr;
  int pieces = 0;
  int lanes = 0;

  // piece(k, weights) sets those of elements k .. k+3 for all outputs.
  template <class Piece>
  __device__ void load(int lane, const Piece& piece, float4* shared) {
    others = shared;
    REFRAIN_UNROLL
    for (int i = 0; i < kKept; ++i) {
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) kept[i][out] = {0.0f, 0.0f, 0.0f, 0.0f};
      if (i < pieces) piece(4 * (lane + lanes * i), kept[i]);
    }
    REFRAIN_NO_UNROLL
    for (int i = kKept; i < pieces; ++i) {
      float4 weights[kOuts];
      piece(4 * (lane + lanes * i), weights);
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) {
        shared[((i - kKept) * kOuts + out) * static_cast<int>(blockDim.x)] = weights[out];
      }
    }
  }

  // The sum for this lane, of kRows rows at once: the first `rows` of them exist. `vector` begins
  // with this lane's first piece of the first row's.
  template <int kRows>
  __device__ float dot(const float4* vector, int row_pieces, int rows) const {
    float sums[kRows][kOuts] = {};
    int offset[kRows];
    REFRAIN_UNROLL
    for (int row = 0; row < kRows; ++row) offset[row] = row < rows ? row * row_pieces : 0;
    REFRAIN_UNROLL
    for (int i = 0; i < kKept; ++i) {
      if (i >= pieces) break;
      REFRAIN_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const float4 v = vector[lanes * i + offset[row]];
        REFRAIN_UNROLL
        for (int out = 0; out < kOuts; ++out) add_products(kept[i][out], v, sums[row][out]);
      }
    }
    const float4* weight = others;
    REFRAIN_NO_UNROLL
    for (int i = kKept; i < pieces; ++i) {
      float4 weights[kOuts];
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) {
        weights[out] = *weight;
        weight += blockDim.x;
      }
      REFRAIN_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const float4 v = vector[lanes * i + offset[row]];
        REFRAIN_UNROLL
        for (int out = 0; out < kOuts; ++out) add_products(weights[out], v, sums[row][out]);
      }
    }
    return sum_over_lanes<kOuts, kRows>(sums, lanes);
  }
};

}  // namespace refrain::cuda
