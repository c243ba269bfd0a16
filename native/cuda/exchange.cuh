// How the blocks that keep a layer's R on chip (resident_kernel.cuh) hand their states to one
// another, on the device and under the emulator.
#pragma once

#include <cooperative_groups.h>
#include <cuda_runtime.h>

namespace refrain::cuda {

enum class Exchange {
  kBlock,       // within one block
  kCluster,     // among the blocks of a cluster, through their shared memory
  kCooperative  // among blocks of a cooperative launch, through global memory
};

// Where a cluster's blocks meet. What a thread wrote before it, to any block's shared memory, all
// of them see afterwards. Where the device has no clusters it is never called.
__device__ __forceinline__ void cluster_barrier() {
#if defined(REFRAIN_EMULATED) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900)
  cooperative_groups::this_cluster().sync();
#endif
}

// The same place in the dynamic shared memory of another block of the cluster.
__device__ __forceinline__ float* shared_of_rank(float* address, unsigned rank) {
#if defined(REFRAIN_EMULATED) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900)
  return cooperative_groups::this_cluster().map_shared_rank(address, rank);
#else
  return rank == 0 ? address : nullptr;
#endif
}

}  // namespace refrain::cuda
