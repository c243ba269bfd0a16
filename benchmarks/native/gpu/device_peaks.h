// What a device can do at best, measured by small kernels: beside it stands what a training step takes.
#pragma once

#include <cstdint>

namespace refrain::bench {

struct DevicePeaks {
  double copy_bytes;      // read and written in a second, by a copy far larger than the caches
  double fp32_flops;      // in a second: fused multiply-adds count as two
  double tf32_flops;      // by mma.sync, as the kernels use tensor cores; 0 where there are none
  double bf16_flops;
  double node_seconds;    // one more empty kernel in a CUDA graph
  double graph_seconds;   // start a graph of one empty kernel and wait for its end
  double block_seconds;   // one barrier of a block of 512 threads
  double grid_seconds;    // one barrier in memory among a block on each multiprocessor

  // In a precision of refrain_precision.
  double flops(int32_t precision) const;
};

// False, with a line on stderr, where there is no device or it fails. `tiny`: so little work that the
// emulator does it too; the numbers then say nothing.
bool measure_device(bool tiny, DevicePeaks* peaks);

}  // namespace refrain::bench
