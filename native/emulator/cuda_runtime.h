// What the .cu files use of CUDA, for an ordinary C++ compiler: found before the toolkit's header
// of this name when the emulated backend is built. emulator.h says how kernels are run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "emulator/emulator.h"

using std::isfinite;
using std::isnan;

#define __global__
#define __device__
#define __host__
// One block is under way at a time, so that its shared memory may be static; launches that are
// cooperative or have clusters have several, and must keep to dynamic shared memory.
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __grid_constant__
#define __align__(n) alignas(n)
#define __launch_bounds__(...)

#define threadIdx (refrain::emulator::thread_index())
#define blockIdx (refrain::emulator::block_index())
#define blockDim (refrain::emulator::block_size())
#define gridDim (refrain::emulator::grid_size())
#define warpSize 32

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline void __syncthreads() { refrain::emulator::wait_for_block(); }
inline void __threadfence() {}
inline void __threadfence_block() {}

inline void __syncwarp(unsigned mask = 0xffffffffu) { refrain::emulator::exchange(mask, 0); }

namespace refrain::emulator {

// The value of another lane. Lanes that the mask leaves out have no value to give.
template <class T>
T shuffle(unsigned mask, T value, unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most eight bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  exchange(mask, bits);
  bits = exchanged(source);
  T result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

template <class T, class Change>
T change_atomically(T* address, Change change) {
  T old;
  __atomic_load(address, &old, __ATOMIC_RELAXED);
  T changed = change(old);
  while (!__atomic_compare_exchange(address, &old, &changed, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
    changed = change(old);
  }
  return old;
}

}  // namespace refrain::emulator

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const unsigned first = refrain::emulator::lane() & ~static_cast<unsigned>(width - 1);
  return refrain::emulator::shuffle(mask, value,
                                    first | (static_cast<unsigned>(source) & (width - 1)));
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int distance, int width = 32) {
  const unsigned lane = refrain::emulator::lane();
  const unsigned source = lane ^ static_cast<unsigned>(distance);
  const bool within = source / width <= lane / width;
  return refrain::emulator::shuffle(mask, value, within ? source : lane);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  const unsigned lane = refrain::emulator::lane();
  const bool within = (lane & (width - 1)) + distance < static_cast<unsigned>(width);
  return refrain::emulator::shuffle(mask, value, within ? lane + distance : lane);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  const unsigned lane = refrain::emulator::lane();
  const bool within = (lane & (width - 1)) >= distance;
  return refrain::emulator::shuffle(mask, value, within ? lane - distance : lane);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
  refrain::emulator::exchange(mask, predicate != 0);
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1) && refrain::emulator::exchanged(lane)) votes |= 1u << lane;
  }
  return votes;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) {
  return __ballot_sync(mask, predicate) == mask;
}

template <class T>
T atomicAdd(T* address, T value) {
  return refrain::emulator::change_atomically(address, [=](T old) { return T(old + value); });
}
template <class T>
T atomicMax(T* address, T value) {
  return refrain::emulator::change_atomically(address,
                                              [=](T old) { return old > value ? old : value; });
}
template <class T>
T atomicExch(T* address, T value) {
  return refrain::emulator::change_atomically(address, [=](T) { return value; });
}
template <class T>
T atomicCAS(T* address, T expected, T value) {
  return refrain::emulator::change_atomically(
      address, [=](T old) { return old == expected ? value : old; });
}

// The count of a last block, before which the others' writes happen: on a device a fence on each
// side of it sees to that.
inline unsigned atomicInc(unsigned* address, unsigned most) {
  unsigned old = __atomic_load_n(address, __ATOMIC_ACQUIRE);
  while (!__atomic_compare_exchange_n(address, &old, old >= most ? 0 : old + 1, false,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
  }
  return old;
}

template <class T>
T __ldg(const T* address) {
  return *address;
}
// Past the first level of the cache, as blocks that exchange values in memory access them.
template <class T>
T __ldcg(const T* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}
template <class T>
void __stcg(T* address, T value) {
  std::memcpy(address, &value, sizeof value);
}
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline double __longlong_as_double(long long bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
inline long long __double_as_longlong(double value) {
  long long bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32);
}

// The host's side.
enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorECCUncorrectable = 214,
  cudaErrorNvlinkUncorrectable = 220,
  cudaErrorContained = 226,
  cudaErrorNotReady = 600,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchTimeout = 702,
  cudaErrorContextIsDestroyed = 709,
  cudaErrorAssert = 710,
  cudaErrorHardwareStackError = 714,
  cudaErrorIllegalInstruction = 715,
  cudaErrorMisalignedAddress = 716,
  cudaErrorInvalidAddressSpace = 717,
  cudaErrorInvalidPc = 718,
  cudaErrorLaunchFailure = 719,
  cudaErrorCooperativeLaunchTooLarge = 720,
  cudaErrorTensorMemoryLeak = 721,
  cudaErrorNotSupported = 801,
  cudaErrorSystemNotReady = 802,
  cudaErrorMpsClientTerminated = 810,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901,
  cudaErrorExternalDevice = 911,
  cudaErrorInvalidClusterSize = 912
};
enum cudaMemcpyKind {
  cudaMemcpyHostToDevice = 1,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
struct cudaFuncAttributes {
  size_t sharedSizeBytes;
  int maxDynamicSharedSizeBytes;
  int ptxVersion;
};
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1, cudaStreamCaptureModeRelaxed };
enum { cudaStreamNonBlocking = 1 };

using cudaStream_t = refrain::emulator::Stream*;
using cudaEvent_t = refrain::emulator::Event*;
using cudaGraph_t = refrain::emulator::Graph*;
using cudaGraphExec_t = refrain::emulator::Graph*;

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
  size_t sharedMemPerBlockOptin;
  int multiProcessorCount;
  int major;
  int minor;
  int cooperativeLaunch;
};

const char* cudaGetErrorString(cudaError_t error);
const char* cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int device);
// As a device does it: breaks whatever any thread captures.
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes);
cudaError_t cudaMalloc(void** memory, size_t size_bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t size_bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* memory, int value, size_t size_bytes, cudaStream_t stream);
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function);
cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value);
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* function,
                                                          int threads, size_t shared_bytes);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long flags = 0);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);

namespace refrain::emulator {

// Runs a kernel, or appends it to the capture that is open on the stream. As on a device the
// outcome of the threads' work shows in cudaGetLastError() and cudaStreamSynchronize() and stays.
cudaError_t launch(const void* function, dim3 grid, dim3 block, size_t shared_bytes, Stream* stream,
                   Launch kind, unsigned cluster_blocks, std::function<void()> thread_body);

// How many clusters of a kernel's blocks the device holds at once.
cudaError_t active_clusters(int* clusters, const void* function, unsigned threads,
                            size_t shared_bytes, unsigned cluster_blocks);

}  // namespace refrain::emulator
