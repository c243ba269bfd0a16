// The columns of a row that one lane of a warp works on: kVectors times four neighbours, then
// kScalars single ones. A lane reads and writes the same columns of every row, so that rows in
// shared memory need no barrier.
#pragma once

#include "cuda/launch.cuh"
#include "cuda/reduce.cuh"

namespace refrain::cuda {

template <int kVectors, int kScalars>
struct LaneColumns {
  static constexpr int kCount = 4 * kVectors + kScalars;
  static constexpr int kWidth = kWarp * kCount;  // of all lanes

  float at[kCount];

  // four(i, column) for the groups of four, the first of which is at[i], one(i, column) for the
  // others.
  template <class Four, class One>
  static __device__ __forceinline__ void each(const Four& four, const One& one) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    REFRAIN_UNROLL
    for (int v = 0; v < kVectors; ++v) four(4 * v, 4 * (kWarp * v + lane));
    REFRAIN_UNROLL
    for (int s = 0; s < kScalars; ++s) one(4 * kVectors + s, kWarp * (4 * kVectors + s) + lane);
  }

  __device__ __forceinline__ void clear() {
    REFRAIN_UNROLL
    for (int i = 0; i < kCount; ++i) at[i] = 0.0f;
  }

  // `left`: columns from the pointer to the row's end. Zeros behind it.
  __device__ __forceinline__ void load(const float* row, int left) {
    each(
        [&](int i, int column) {
          float4 four = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
          if (column < left) four = *reinterpret_cast<const float4*>(row + column);
          set(i, four);
        },
        [&](int i, int column) { at[i] = column < left ? row[column] : 0.0f; });
  }

  // Of a row that other blocks change meanwhile.
  __device__ __forceinline__ void load_racing(const float* row, int left) {
    each(
        [&](int i, int column) {
          float4 four = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
          if (column < left) four = __ldcg(reinterpret_cast<const float4*>(row + column));
          set(i, four);
        },
        [&](int i, int column) { at[i] = column < left ? __ldcg(row + column) : 0.0f; });
  }

  __device__ __forceinline__ void store(float* row, int left) const {
    each(
        [&](int i, int column) {
          if (column < left) {
            put_four(row + column, make_float4(at[i], at[i + 1], at[i + 2], at[i + 3]));
          }
        },
        [&](int i, int column) {
          if (column < left) row[column] = at[i];
        });
  }

  // Adds what the columns are more than `before`, so that no other block's change is lost.
  __device__ __forceinline__ void add_change(float* row, int left, const LaneColumns& before) const {
    each(
        [&](int i, int column) {
          if (column < left) {
            add_four(row + column, make_float4(at[i] - before.at[i], at[i + 1] - before.at[i + 1],
                                               at[i + 2] - before.at[i + 2],
                                               at[i + 3] - before.at[i + 3]));
          }
        },
        [&](int i, int column) {
          if (column < left) atomicAdd(row + column, at[i] - before.at[i]);
        });
  }

  __device__ __forceinline__ void add_product(float factor, const LaneColumns& other) {
    REFRAIN_UNROLL
    for (int i = 0; i < kCount; ++i) at[i] = fmaf(factor, other.at[i], at[i]);
  }

  __device__ __forceinline__ float dot(const LaneColumns& other, float sum) const {
    REFRAIN_UNROLL
    for (int i = 0; i < kCount; ++i) sum = fmaf(at[i], other.at[i], sum);
    return sum;
  }

 private:
  __device__ __forceinline__ void set(int i, const float4& four) {
    at[i] = four.x;
    at[i + 1] = four.y;
    at[i + 2] = four.z;
    at[i + 3] = four.w;
  }

  static __device__ __forceinline__ void put_four(float* to, const float4& four) {
#if defined(__CUDA_ARCH__)
    // as one store: the compiler would make four of an assignment to shared memory
    if (__isShared(to)) {
      asm volatile("st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(
                       static_cast<unsigned>(__cvta_generic_to_shared(to))),
                   "f"(four.x), "f"(four.y), "f"(four.z), "f"(four.w)
                   : "memory");
      return;
    }
#endif
    *reinterpret_cast<float4*>(to) = four;
  }

  static __device__ __forceinline__ void add_four(float* to, const float4& change) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(
                     __cvta_generic_to_global(to)),
                 "f"(change.x), "f"(change.y), "f"(change.z), "f"(change.w)
                 : "memory");
#else
    atomicAdd(to, change.x);
    atomicAdd(to + 1, change.y);
    atomicAdd(to + 2, change.z);
    atomicAdd(to + 3, change.w);
#endif
  }
};

// Lane l's is the sum of sums[l] over all lanes: halves of the lanes exchange halves of the sums,
// in 31 exchanges instead of five a sum. A fixed tree.
template <int kDistance = kWarp / 2>
__device__ __forceinline__ float sum_of_lane(float (&sums)[kWarp]) {
  const bool upper = (threadIdx.x & static_cast<unsigned>(kDistance)) != 0;
  REFRAIN_UNROLL
  for (int i = 0; i < kDistance; ++i) {
    const float kept = upper ? sums[i + kDistance] : sums[i];
    const float given = upper ? sums[i] : sums[i + kDistance];
    sums[i] = kept + __shfl_xor_sync(0xffffffffu, given, kDistance);
  }
  if constexpr (kDistance == 1) {
    return sums[0];
  } else {
    return sum_of_lane<kDistance / 2>(sums);
  }
}

}  // namespace refrain::cuda
