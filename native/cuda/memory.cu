#include "cuda/memory.h"

#include <algorithm>

#include "cuda/check.cuh"

namespace refrain::cuda {
namespace {

// An engine is opened with its device current. If it does not answer, its first allocation tells.
int current_device() {
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) cudaGetLastError();
  return device;
}

}  // namespace

Memory::Memory(int64_t limit_bytes, cudaStream_t stream, bool pools)
    : limit_bytes_(limit_bytes),
      pools_(pools),
      idle_(IdleBlocks::open(current_device(), stream)) {}

Memory::~Memory() { close(); }

void* Memory::allocate(int64_t size_bytes, int* status) { return allocate(size_bytes, false, status); }

void* Memory::allocate_for_engine(int64_t size_bytes, int* status) {
  return allocate(size_bytes, true, status);
}

void* Memory::allocate(int64_t size_bytes, bool for_engine, int* status) {
  int64_t block_bytes = std::max(size_bytes, int64_t{1});
  void* block = idle_->take(block_bytes, &block_bytes);
  const int outcome = block != nullptr ? REFRAIN_OK : ask_device(block_bytes, &block);
  if (status != nullptr) *status = outcome;
  if (outcome != REFRAIN_OK) return nullptr;
  blocks_[static_cast<const char*>(block)] = {size_bytes, block_bytes, for_engine};
  if (!for_engine) allocated_bytes_ += size_bytes;
  in_use_bytes_ += block_bytes;
  most_in_use_bytes_ = std::max(most_in_use_bytes_, in_use_bytes_);
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
  if (error == cudaErrorMemoryAllocation && idle_bytes() > 0) {
    cudaGetLastError();
    const int status = trim();
    if (status != REFRAIN_OK) return status;
    error = cudaMalloc(block, static_cast<size_t>(size_bytes));
  }
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    // Asked again whoever gave something back: another thread may have done so with this pool or the others.
    idle_->give_back_others();
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
  idle_->add(block, was.block_bytes);
  if (!pools_) {
    const int trimmed = trim();
    if (status != nullptr) *status = trimmed;
  }
  return true;
}

int64_t Memory::make_room() {
  const int64_t own = idle_bytes();
  // What its stream has done wrong is told by whatever is tried next.
  if (trim() != REFRAIN_OK) cudaGetLastError();
  return own + idle_->give_back_others();
}

int Memory::close() {
  idle_->end();
  for (const auto& [block, known] : blocks_) {
    idle_->add(const_cast<char*>(block), known.block_bytes);
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
