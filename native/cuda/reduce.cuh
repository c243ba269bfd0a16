// Sums over the threads of a block by a fixed tree: the same bits in every run.
#pragma once

#include <cuda_runtime.h>

namespace refrain::cuda {

// The sum over `kThreads` threads (a power of two), known to all of them. `shared` has room for as many
// values, and may be used again when the call returns.
template <int kThreads, class T>
__device__ T block_sum(T value, T* shared) {
  const int thread = static_cast<int>(threadIdx.x);
  shared[thread] = value;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (thread < half) shared[thread] += shared[thread + half];
    __syncthreads();
  }
  const T sum = shared[0];
  __syncthreads();
  return sum;
}

}  // namespace refrain::cuda
