// The one place where a kernel is launched, by nvcc's <<<>>> or under the emulator.
#pragma once

#include <cuda_runtime.h>

#include <tuple>

namespace refrain::cuda {

#if defined(REFRAIN_EMULATED)

template <class... P, class... A>
cudaError_t launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                          cudaStream_t stream, A... arguments) {
  return emulator::launch(reinterpret_cast<const void*>(kernel), grid, block, shared_bytes, stream,
                          emulator::Launch::kOrdinary,
                          [kernel, bound = std::tuple<P...>(arguments...)] {
                            std::apply(kernel, bound);
                          });
}

inline cudaError_t load_kernel(const void*) { return cudaSuccess; }

inline float* dynamic_shared() { return emulator::dynamic_shared(); }

#else

template <class... P, class... A>
cudaError_t launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                          cudaStream_t stream, A... arguments) {
  kernel<<<grid, block, shared_bytes, stream>>>(arguments...);
  return cudaGetLastError();
}

// Kernels are loaded at their first use, which must not be within a capture.
inline cudaError_t load_kernel(const void* kernel) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, kernel);
}

__device__ __forceinline__ float* dynamic_shared() {
  extern __shared__ __align__(16) float memory[];
  return memory;
}

#endif

}  // namespace refrain::cuda
