// The one place where a kernel is launched, by the CUDA runtime or under the emulator.
#pragma once

#include <cuda_runtime.h>

#include <tuple>

// Before a loop whose turns must all be written out, so that arrays stay in registers.
#if defined(REFRAIN_EMULATED)
#define REFRAIN_UNROLL
#define REFRAIN_NO_UNROLL
#else
#define REFRAIN_UNROLL _Pragma("unroll")
// And before one whose turns written out would take registers that weights need.
#define REFRAIN_NO_UNROLL _Pragma("unroll 1")
#endif

namespace refrain::cuda {

// How the blocks of a launch may meet.
enum class Meeting {
  kNever,
  kGrid,    // cooperative: all blocks are on the device at once
  kCluster  // blocks in clusters of a given size, which share their shared memory
};

// What every device takes of a kernel's arguments.
constexpr size_t kMostParameterBytes = 4096;

#if defined(REFRAIN_EMULATED)

template <class... P, class... A>
cudaError_t launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                          cudaStream_t stream, Meeting meeting, unsigned cluster_blocks,
                          A... arguments) {
  static_assert((sizeof(P) + ... + 0) <= kMostParameterBytes);
  return emulator::launch(reinterpret_cast<const void*>(kernel), grid, block, shared_bytes, stream,
                          meeting == Meeting::kGrid ? emulator::Launch::kCooperative
                                                    : emulator::Launch::kOrdinary,
                          meeting == Meeting::kCluster ? cluster_blocks : 1,
                          [kernel, bound = std::tuple<P...>(arguments...)] {
                            std::apply(kernel, bound);
                          });
}

inline cudaError_t load_kernel(const void*) { return cudaSuccess; }

inline cudaError_t active_clusters(int* clusters, const void* kernel, int threads,
                                   size_t shared_bytes, unsigned cluster_blocks) {
  return emulator::active_clusters(clusters, kernel, static_cast<unsigned>(threads), shared_bytes,
                                   cluster_blocks);
}

inline float* dynamic_shared() { return emulator::dynamic_shared(); }

#else

inline cudaLaunchAttribute cluster_of(unsigned blocks) {
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = blocks;
  attribute.val.clusterDim.y = 1;
  attribute.val.clusterDim.z = 1;
  return attribute;
}

template <class... P, class... A>
cudaError_t launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                          cudaStream_t stream, Meeting meeting, unsigned cluster_blocks,
                          A... arguments) {
  static_assert((sizeof(P) + ... + 0) <= kMostParameterBytes);
  std::tuple<P...> bound(arguments...);
  void* addresses[sizeof...(P)];
  std::apply(
      [&addresses](auto&... values) {
        size_t i = 0;
        ((addresses[i++] = &values), ...);
      },
      bound);
  cudaLaunchAttribute attribute = {};
  if (meeting == Meeting::kGrid) {
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
  } else if (meeting == Meeting::kCluster) {
    attribute = cluster_of(cluster_blocks);
  }
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = meeting == Meeting::kNever ? 0 : 1;
  return cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(kernel), addresses);
}

// Kernels are loaded at their first use, which must not be within a capture.
inline cudaError_t load_kernel(const void* kernel) {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, kernel);
}

// How many clusters of a kernel's blocks the device holds at once.
inline cudaError_t active_clusters(int* clusters, const void* kernel, int threads,
                                   size_t shared_bytes, unsigned cluster_blocks) {
  cudaLaunchAttribute attribute = cluster_of(cluster_blocks);
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(cluster_blocks);
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.attrs = &attribute;
  config.numAttrs = 1;
  return cudaOccupancyMaxActiveClusters(clusters, kernel, &config);
}

#if defined(__CUDACC__)
__device__ __forceinline__ float* dynamic_shared() {
  extern __shared__ __align__(16) float memory[];
  return memory;
}
#endif

#endif

}  // namespace refrain::cuda
