// Sums over the threads of a block by a fixed tree: the same bits in every run.
#pragma once

#include <cuda_runtime.h>

namespace refrain::cuda {

constexpr int kWarp = 32;

// The sum over a warp's lanes, known to all of them: neighbours exchange their sums, so that both
// add the same two numbers.
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  }
  return value;
}

// The largest of a warp's lanes, known to all of them; a NaN is left aside.
__device__ __forceinline__ float warp_max(float value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// The sum over `kThreads` threads (a power of two, at least a warp), known to all of them. `shared`
// has room for a value a warp, and may be used again when the call returns.
template <int kThreads, class T>
__device__ T block_sum(T value, T* shared) {
  static_assert(kThreads % kWarp == 0 && kThreads <= kWarp * kWarp, "warps, and one to add them");
  constexpr int kWarps = kThreads / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  value = warp_sum(value);
  if (lane == 0) shared[threadIdx.x / kWarp] = value;
  __syncthreads();
  value = warp_sum(lane < kWarps ? shared[lane] : T(0));
  __syncthreads();
  return value;
}

}  // namespace refrain::cuda
