#include "cuda/memory.h"

#include <algorithm>

#include "cuda/check.cuh"

namespace refrain::cuda {
namespace {

// A kept block may be larger than what is asked for by this part of it.
constexpr int64_t kMostWaste = 8;

}  // namespace

Memory::Memory(int64_t limit_bytes, cudaStream_t stream, bool pools)
    : limit_bytes_(limit_bytes), stream_(stream), pools_(pools) {}

Memory::~Memory() { close(); }

void* Memory::allocate(int64_t size_bytes, int* status) { return allocate(size_bytes, false, status); }

void* Memory::allocate_for_engine(int64_t size_bytes, int* status) {
  return allocate(size_bytes, true, status);
}

void* Memory::allocate(int64_t size_bytes, bool for_engine, int* status) {
  int64_t block_bytes = std::max(size_bytes, int64_t{1});
  void* block = take_idle(block_bytes, &block_bytes);
  const int outcome = block != nullptr ? REFRAIN_OK : ask_device(block_bytes, &block);
  if (status != nullptr) *status = outcome;
  if (outcome != REFRAIN_OK) return nullptr;
  blocks_[static_cast<const char*>(block)] = {size_bytes, block_bytes, for_engine};
  if (!for_engine) allocated_bytes_ += size_bytes;
  in_use_bytes_ += block_bytes;
  most_in_use_bytes_ = std::max(most_in_use_bytes_, in_use_bytes_);
  return block;
}

void* Memory::take_idle(int64_t size_bytes, int64_t* block_bytes) {
  const auto found = idle_.lower_bound(size_bytes);
  if (found == idle_.end() || found->first - size_bytes > size_bytes / kMostWaste) return nullptr;
  void* block = found->second;
  *block_bytes = found->first;
  idle_bytes_ -= found->first;
  idle_.erase(found);
#if defined(REFRAIN_EMULATED)
  // As new memory is there: who reads what he has not written shall see NaN.
  cudaMemsetAsync(block, 0xff, static_cast<size_t>(*block_bytes), stream_);
#endif
  return block;
}

int Memory::ask_device(int64_t size_bytes, void** block) {
  const int64_t most = std::max(most_in_use_bytes_, in_use_bytes_ + size_bytes);
  const bool too_many = held_bytes() + size_bytes > most + most / 2;
  const bool past_limit = limit_bytes_ > 0 && size_bytes > limit_bytes_ - held_bytes();
  if (too_many || past_limit) {
    const int status = trim();
    if (status != REFRAIN_OK) return status;
  }
  if (limit_bytes_ > 0 && size_bytes > limit_bytes_ - held_bytes()) {
    return fail(REFRAIN_OUT_OF_MEMORY,
                "%lld bytes more would pass the memory limit of %lld bytes, %lld are in use: raise "
                "the limit, or ask for less at once (a smaller batch, vocabulary or network)",
                static_cast<long long>(size_bytes), static_cast<long long>(limit_bytes_),
                static_cast<long long>(in_use_bytes_));
  }
  ++device_allocations_;
  cudaError_t error = cudaMalloc(block, static_cast<size_t>(size_bytes));
  if (error == cudaErrorMemoryAllocation && !idle_.empty()) {
    cudaGetLastError();
    const int status = trim();
    if (status != REFRAIN_OK) return status;
    error = cudaMalloc(block, static_cast<size_t>(size_bytes));
  }
  if (error == cudaSuccess) return REFRAIN_OK;
  *block = nullptr;
  cudaGetLastError();  // it was answered here, and must not show in the next launch
  // What an earlier launch did is told by whichever call comes next, and is not a lack of memory.
  if (error != cudaErrorMemoryAllocation) return check(error, "allocating memory");
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  const bool known = cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess;
  return fail(REFRAIN_OUT_OF_MEMORY,
              "cannot allocate %lld bytes on the device (%s): %lld are in use here, %lld of its %lld "
              "are free%s: ask for less at once (a smaller batch, vocabulary or network), or end "
              "other programs that use it",
              static_cast<long long>(size_bytes), cudaGetErrorString(error),
              static_cast<long long>(in_use_bytes_), static_cast<long long>(free_bytes),
              static_cast<long long>(total_bytes), known ? "" : " (as far as it answers)");
}

bool Memory::release(void* block, int* status) {
  if (status != nullptr) *status = REFRAIN_OK;
  const auto found = blocks_.find(static_cast<const char*>(block));
  if (found == blocks_.end()) return false;
  const Block was = found->second;
  blocks_.erase(found);
  if (!was.of_engine) allocated_bytes_ -= was.asked_bytes;
  in_use_bytes_ -= was.block_bytes;
  idle_bytes_ += was.block_bytes;
  idle_.emplace(was.block_bytes, block);
  if (!pools_) {
    const int trimmed = trim();
    if (status != nullptr) *status = trimmed;
  }
  return true;
}

int Memory::trim() {
  if (idle_.empty()) return REFRAIN_OK;
  // What was started may still use them.
  int status = check(cudaStreamSynchronize(stream_), "waiting before memory is given back");
  for (const auto& [size, block] : idle_) {
    const cudaError_t error = cudaFree(block);
    // The first failure's message stays.
    if (status == REFRAIN_OK) status = check(error, "giving memory back");
  }
  idle_.clear();
  idle_bytes_ = 0;
  return status;
}

int Memory::close() {
  for (const auto& [block, known] : blocks_) {
    idle_.emplace(known.block_bytes, const_cast<char*>(block));
  }
  blocks_.clear();
  allocated_bytes_ = in_use_bytes_ = 0;
  return trim();
}

bool Memory::holds(const void* data, int64_t size_bytes) const {
  const char* begin = static_cast<const char*>(data);
  auto above = blocks_.upper_bound(begin);
  if (above == blocks_.begin()) return false;
  --above;
  return size_bytes >= 0 && begin - above->first <= above->second.asked_bytes - size_bytes;
}

}  // namespace refrain::cuda
