#include "cpu/engine.h"

#include <cstdlib>

#include "core/status.h"
#include "refrain/shapes.h"

namespace refrain {
namespace {

constexpr int64_t kAlignment = 64;

int64_t aligned(int64_t size_bytes) {
  const int64_t size = size_bytes == 0 ? 1 : size_bytes;
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Memory::Memory(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}

Memory::~Memory() {
  for (const auto& [block, size] : size_of_block_) std::free(const_cast<char*>(block));
}

void* Memory::allocate(int64_t size_bytes) {
  if (limit_bytes_ > 0 && size_bytes > limit_bytes_ - allocated_bytes_) {
    fail(REFRAIN_OUT_OF_MEMORY,
         "%lld bytes more would pass the memory limit of %lld bytes, %lld are in use: raise the "
         "limit, or ask for less at once (a smaller batch, vocabulary or network)",
         static_cast<long long>(size_bytes), static_cast<long long>(limit_bytes_),
         static_cast<long long>(allocated_bytes_));
    return nullptr;
  }
  void* block = std::aligned_alloc(kAlignment, aligned(size_bytes));
  if (block == nullptr) {
    fail(REFRAIN_OUT_OF_MEMORY,
         "the machine has no %lld bytes left, %lld are in use here: ask for less at once (a "
         "smaller batch, vocabulary or network)",
         static_cast<long long>(size_bytes), static_cast<long long>(allocated_bytes_));
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
  std::free(block);
  return true;
}

bool Memory::holds(const void* data, int64_t size_bytes) const {
  const char* begin = static_cast<const char*>(data);
  auto above = size_of_block_.upper_bound(begin);
  if (above == size_of_block_.begin()) return false;
  --above;
  return size_bytes >= 0 && begin - above->first <= above->second - size_bytes;
}

int64_t Memory::allocated_bytes() const { return allocated_bytes_; }

Engine::Engine(int threads, int64_t memory_limit_bytes)
    : memory_(memory_limit_bytes), threads_(threads) {}

Threads& Engine::threads() { return threads_; }

Memory& Engine::memory() { return memory_; }

float* Engine::scratch(int64_t floats) {
  if (floats > scratch_floats_) {
    release_scratch();
    scratch_ = static_cast<float*>(
        memory_.allocate(floats * static_cast<int64_t>(sizeof(float))));
    if (scratch_ == nullptr) return nullptr;
    scratch_floats_ = floats;
  }
  return scratch_;
}

void Engine::release_scratch() {
  if (scratch_ != nullptr) memory_.release(scratch_);
  scratch_ = nullptr;
  scratch_floats_ = 0;
}

}  // namespace refrain
