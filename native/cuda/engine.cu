#include "cuda/engine.h"

#include "cuda/check.cuh"
#include "cuda/vendor.h"

namespace refrain::cuda {

Memory::Memory(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}

Memory::~Memory() {
  for (const auto& [block, size] : size_of_block_) cudaFree(const_cast<char*>(block));
}

void* Memory::allocate(int64_t size_bytes) {
  if (limit_bytes_ > 0 && size_bytes > limit_bytes_ - allocated_bytes_) {
    fail(REFRAIN_OUT_OF_MEMORY,
         "%lld bytes more would pass the memory limit of %lld bytes, %lld are in use: raise the "
         "limit, or take a smaller batch or fewer steps",
         static_cast<long long>(size_bytes), static_cast<long long>(limit_bytes_),
         static_cast<long long>(allocated_bytes_));
    return nullptr;
  }
  void* block = nullptr;
  const cudaError_t error = cudaMalloc(&block, size_bytes == 0 ? 1 : size_bytes);
  if (error != cudaSuccess) {
    cudaGetLastError();  // it was answered here, and must not show in the next launch
    size_t free_bytes = 0;
    size_t total_bytes = 0;
    cudaMemGetInfo(&free_bytes, &total_bytes);
    fail(error == cudaErrorMemoryAllocation ? REFRAIN_OUT_OF_MEMORY : REFRAIN_FAILED,
         "cannot allocate %lld bytes on the device (%s): %lld are in use here, %lld of its %lld "
         "are free: take a smaller batch or fewer steps, or end other programs that use it",
         static_cast<long long>(size_bytes), cudaGetErrorString(error),
         static_cast<long long>(allocated_bytes_), static_cast<long long>(free_bytes),
         static_cast<long long>(total_bytes));
    return nullptr;
  }
  size_of_block_[static_cast<const char*>(block)] = size_bytes;
  allocated_bytes_ += size_bytes;
  return block;
}

bool Memory::release(void* block) {
  const auto found = size_of_block_.find(static_cast<const char*>(block));
  if (found == size_of_block_.end()) return false;
  allocated_bytes_ -= found->second;
  size_of_block_.erase(found);
  cudaFree(block);
  return true;
}

bool Memory::holds(const void* data, int64_t size_bytes) const {
  const char* begin = static_cast<const char*>(data);
  auto above = size_of_block_.upper_bound(begin);
  if (above == size_of_block_.begin()) return false;
  --above;
  return size_bytes >= 0 && begin - above->first <= above->second - size_bytes;
}

Engine::Engine(int device, const cudaDeviceProp& properties, int capability, cudaStream_t stream,
               int64_t limit_bytes, Variant variant, int32_t precision, int32_t libraries,
               bool autotunes)
    : device_(device),
      device_name_(properties.name),
      shared_bytes_(static_cast<int64_t>(properties.sharedMemPerBlockOptin)),
      multiprocessors_(properties.multiProcessorCount),
      capability_(capability),
      meetings_(properties, capability),
      stream_(stream),
      variant_(variant),
      precision_(precision),
      autotunes_(autotunes),
      memory_(limit_bytes),
      vendor_(std::make_unique<Vendor>(libraries)) {}

Engine::~Engine() {
  cudaStreamSynchronize(stream_);
  vendor_.reset();  // what it holds belongs to the stream
  cudaFree(counters_);
  cudaStreamDestroy(stream_);
}

int Engine::enter() { return check(cudaSetDevice(device_), "choosing the CUDA device"); }

void Engine::begin_operation() {
  status_ = REFRAIN_OK;
  scratch_used_ = 0;
  if (scratch_blocks_.size() <= 1 || measuring_ || recording_scratch_ != nullptr) return;
  // The next operations find one block that holds as much.
  const int64_t floats = scratch_blocks_.back().first + scratch_blocks_.back().floats;
  release_scratch();
  scratch(floats);
  // Where there is no room for all of it, this operation may still need less.
  status_ = REFRAIN_OK;
  scratch_used_ = 0;
}

float* Engine::scratch(int64_t floats) {
  if (status_ != REFRAIN_OK) return nullptr;
  ScratchLayout layout;
  layout.take(floats);
  const int64_t first = scratch_used_;
  const int64_t end = first + layout.size();
  if (measuring_) {
    scratch_used_ = end;
    measured_floats_ = end > measured_floats_ ? end : measured_floats_;
    // Never read or written: it only has to tell offsets apart from an absent array.
    static float nothing;
    return &nothing;
  }
  if (recording_scratch_ != nullptr) {
    scratch_used_ = end;
    return recording_scratch_ + first;
  }
  for (const ScratchBlock& block : scratch_blocks_) {
    const int64_t begin = first > block.first ? first : block.first;
    if (begin + layout.size() > block.first + block.floats) continue;
    scratch_used_ = begin + layout.size();
    return block.data + (begin - block.first);
  }
  if (first == 0) release_scratch();  // they are too small, and nobody holds a piece of them
  const int64_t size = layout.size();
  auto* data = static_cast<float*>(memory_.allocate(size * int64_t{sizeof(float)}));
  if (data == nullptr) {
    status_ = REFRAIN_OUT_OF_MEMORY;
    return nullptr;
  }
  const int64_t begin =
      scratch_blocks_.empty() ? 0 : scratch_blocks_.back().first + scratch_blocks_.back().floats;
  scratch_blocks_.push_back({data, begin, size});
  scratch_used_ = begin + size;
  return data;
}

void Engine::release_scratch() {
  // Operations that were started may still use it.
  if (!scratch_blocks_.empty()) cudaStreamSynchronize(stream_);
  for (const ScratchBlock& block : scratch_blocks_) memory_.release(block.data);
  scratch_blocks_.clear();
  scratch_used_ = 0;
}

// Allocated by the first operation that asks: in a recording that is when it is measured, before
// the capture.
uint32_t* Engine::counters() {
  if (status_ != REFRAIN_OK || counters_ != nullptr) return counters_;
  constexpr size_t kBytes = kCounters * sizeof(uint32_t);
  void* memory = nullptr;
  status_ = check(cudaMalloc(&memory, kBytes), "allocating counters");
  if (status_ != REFRAIN_OK) return nullptr;
  counters_ = static_cast<uint32_t*>(memory);
  status_ = check(cudaMemsetAsync(counters_, 0, kBytes, stream_), "clearing counters");
  return counters_;
}

void Engine::clear(const char* operation, void* memory, int64_t size_bytes) {
  if (status_ != REFRAIN_OK || measuring_) return;
  status_ = check(cudaMemsetAsync(memory, 0, static_cast<size_t>(size_bytes), stream_), operation);
}

int64_t Engine::resident_blocks(const void* kernel, int threads, size_t shared_bytes) {
  if (status_ != REFRAIN_OK) return 0;
  int blocks = 0;
  cudaError_t error = cudaSuccess;
  if (shared_bytes > kSharedWithoutAsking) error = allow_shared_memory(kernel);
  if (error == cudaSuccess) {
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes);
  }
  status_ = check(error, "asking how many blocks of a kernel are resident");
  return int64_t{blocks} * multiprocessors_;
}

int64_t Engine::resident_clusters(const void* kernel, int threads, size_t shared_bytes,
                                  int blocks) {
  if (status_ != REFRAIN_OK) return 0;
  int clusters = 0;
  cudaError_t error = cudaSuccess;
  if (shared_bytes > kSharedWithoutAsking) error = allow_shared_memory(kernel);
  if (error == cudaSuccess) {
    error =
        active_clusters(&clusters, kernel, threads, shared_bytes, static_cast<unsigned>(blocks));
  }
  status_ = check(error, "asking how many clusters of a kernel are resident");
  return clusters;
}

cudaError_t Engine::allow_shared_memory(const void* kernel) {
  if (allowed_.count(kernel) != 0) return cudaSuccess;
  cudaFuncAttributes attributes;
  cudaError_t error = cudaFuncGetAttributes(&attributes, kernel);
  if (error == cudaSuccess) {
    error = cudaFuncSetAttribute(
        kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
        static_cast<int>(shared_bytes_ - static_cast<int64_t>(attributes.sharedSizeBytes)));
  }
  if (error == cudaSuccess) allowed_.insert(kernel);
  return error;
}

void Engine::begin_measuring() {
  measuring_ = true;
  measured_floats_ = 0;
}

int64_t Engine::end_measuring() {
  measuring_ = false;
  return measured_floats_;
}

void Engine::note(cudaError_t error, const char* kernel_name, dim3 grid, dim3 block,
                  size_t shared_bytes) {
  if (error == cudaSuccess) return;
  const bool no_room =
      error == cudaErrorCooperativeLaunchTooLarge || error == cudaErrorInvalidClusterSize;
  status_ = fail(REFRAIN_FAILED,
                 "launching %s with %ux%ux%u blocks of %ux%ux%u threads and %zu bytes of shared "
                 "memory: %s (%s)%s",
                 kernel_name, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes,
                 cudaGetErrorString(error), cudaGetErrorName(error),
                 no_room ? ": other programs may hold a part of the device: end them, or take the "
                           "variant perStep"
                         : "");
}

}  // namespace refrain::cuda
