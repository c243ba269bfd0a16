// Barriers in memory among some of the blocks of a cooperative launch: a counter that only grows,
// and begins again where its bits end. What a block has done before it arrives is seen by those
// that have waited for it.
#pragma once

#include <cuda_runtime.h>

namespace refrain::cuda {

// Counters lie so far apart, in unsigned, that none shares a line of the cache.
constexpr int kCounterStride = 32;

#if defined(REFRAIN_EMULATED)

inline void arrive(unsigned* counter) { refrain::emulator::arrive(counter); }
inline void wait_for_count(const unsigned* counter, unsigned count) {
  refrain::emulator::wait_for_count(counter, count);
}

#elif defined(__CUDACC__)

// The release covers what the block's other threads did before the barrier at which they met this
// one (PTX ISA, "Causality order"). A fence before it would have every step wait once more for the
// second level of the cache.
__device__ __forceinline__ void arrive(unsigned* counter) {
  asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(__cvta_generic_to_global(counter))
               : "memory");
}

// Threads of the block that meet this one afterwards see as much as it does, by plain loads too.
__device__ __forceinline__ void wait_for_count(const unsigned* counter, unsigned count) {
  unsigned now;
  do {
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];"
                 : "=r"(now)
                 : "l"(__cvta_generic_to_global(counter))
                 : "memory");
  } while (static_cast<int>(now - count) < 0);
}

#endif

// All threads of the block call it; `reached` is the counter's value after the meeting before, in
// every thread, and becomes that after this one.
__device__ __forceinline__ void meet(unsigned* counter, unsigned blocks, unsigned& reached) {
  reached += blocks;
  __syncthreads();
  if (threadIdx.x == 0) {
    arrive(counter);
    wait_for_count(counter, reached);
  }
  __syncthreads();
}

}  // namespace refrain::cuda
