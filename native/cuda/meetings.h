// How many blocks of a launch can meet on a device: a device may lack what its compute capability
// promises, as a slice of one (MIG) or a virtual one does.
#pragma once

#include <cuda_runtime.h>

#include <array>
#include <cstdint>

namespace refrain::cuda {

// For blocks of which each takes a whole multiprocessor: our kernels' blocks never take more.
class Meetings {
 public:
  // Asks the current device, which has these properties. `capability`: of the code that runs there.
  Meetings(const cudaDeviceProp& properties, int capability);

  // What the device answered to the questions; where it failed, there are no meetings.
  cudaError_t answer() const { return answer_; }
  // Blocks of a cooperative launch; 0: the device has none.
  int64_t cooperative_blocks() const { return cooperative_blocks_; }
  // Clusters of so many blocks, a power of two; 0: none of that size.
  int64_t clusters(int64_t blocks) const;

  // A cluster of more needs the device's leave, which not every one gives.
  static constexpr int kMostClusterBlocks = 8;

 private:
  cudaError_t answer_ = cudaSuccess;
  int64_t cooperative_blocks_ = 0;
  std::array<int64_t, 4> clusters_ = {};  // of 1, 2, 4 and 8 blocks
};

}  // namespace refrain::cuda
