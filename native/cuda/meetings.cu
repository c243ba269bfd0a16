#include "cuda/meetings.h"

#include "cuda/launch.cuh"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 1024;

// Never launched: the device is asked how many of its blocks could meet.
__global__ void __launch_bounds__(kThreads) meeting_kernel() {}

}  // namespace

Meetings::Meetings(const cudaDeviceProp& properties, int capability) {
  const auto* kernel = reinterpret_cast<const void*>(meeting_kernel);
  const size_t shared_bytes = properties.sharedMemPerBlockOptin;
  answer_ = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(shared_bytes));
  if (answer_ == cudaSuccess && properties.cooperativeLaunch != 0) {
    int blocks = 0;
    answer_ = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, kThreads, shared_bytes);
    if (blocks > 0) cooperative_blocks_ = properties.multiProcessorCount;
  }
  for (size_t i = 0; answer_ == cudaSuccess && capability >= 90 && i < clusters_.size(); ++i) {
    int clusters = 0;
    answer_ = active_clusters(&clusters, kernel, kThreads, shared_bytes, 1u << i);
    if (answer_ == cudaSuccess) clusters_[i] = clusters;
  }
  if (answer_ == cudaSuccess) return;
  cooperative_blocks_ = 0;
  clusters_ = {};
  cudaGetLastError();  // it must not show in the next launch
}

int64_t Meetings::clusters(int64_t blocks) const {
  for (size_t i = 0; i < clusters_.size(); ++i) {
    if (int64_t{1} << i == blocks) return clusters_[i];
  }
  return 0;
}

}  // namespace refrain::cuda
