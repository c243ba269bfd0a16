#include "cuda/idle_blocks.h"

#include <algorithm>
#include <vector>

#include "cuda/captures.h"
#include "cuda/check.cuh"

namespace refrain::cuda {
namespace {

// A kept block may be larger than what is asked for by this part of it.
constexpr int64_t kMostWaste = 8;

// Of the process.
struct Pools {
  std::mutex lock;
  std::vector<std::shared_ptr<IdleBlocks>> all;
};

Pools& pools() {
  // It is never ended: a thread may still close an engine while the process ends.
  static auto& pools = *new Pools;
  return pools;
}

}  // namespace

std::shared_ptr<IdleBlocks> IdleBlocks::open(int device, cudaStream_t stream) {
  std::shared_ptr<IdleBlocks> opened(new IdleBlocks(device, stream));
  const std::lock_guard<std::mutex> lock(pools().lock);
  pools().all.push_back(opened);
  return opened;
}

void IdleBlocks::add(void* block, int64_t size_bytes) {
  const std::lock_guard<std::mutex> lock(lock_);
  bytes_ += size_bytes;
  blocks_.emplace(size_bytes, block);
}

void* IdleBlocks::take(int64_t size_bytes, int64_t* block_bytes) {
  std::unique_lock<std::mutex> lock(lock_);
  const auto found = blocks_.lower_bound(size_bytes);
  if (found == blocks_.end() || found->first - size_bytes > size_bytes / kMostWaste) return nullptr;
  void* block = found->second;
  *block_bytes = found->first;
  bytes_ -= found->first;
  blocks_.erase(found);
  lock.unlock();
#if defined(REFRAIN_EMULATED)
  // As new memory is there: who reads what he has not written shall see NaN.
  cudaMemsetAsync(block, 0xff, static_cast<size_t>(*block_bytes), stream_);
#endif
  return block;
}

int64_t IdleBlocks::bytes() const {
  const std::lock_guard<std::mutex> lock(lock_);
  return bytes_;
}

int64_t IdleBlocks::empty(int* status) {
  std::multimap<int64_t, void*> blocks;
  {
    const std::lock_guard<std::mutex> lock(lock_);
    blocks.swap(blocks_);
    bytes_ = 0;
  }
  if (blocks.empty()) return 0;
  // What was started may still use them.
  *status = check(cudaStreamSynchronize(stream_), "waiting before memory is given back");
  const std::unique_lock<std::shared_mutex> no_captures(captures());
  int64_t bytes = 0;
  for (const auto& [size, block] : blocks) {
    const cudaError_t error = cudaFree(block);
    // The first failure's message stays.
    if (*status == REFRAIN_OK) *status = check(error, "giving memory back");
    bytes += size;
  }
  return bytes;
}

int IdleBlocks::give_back() {
  // Where another thread is at it, its blocks are gone when it is done.
  const std::lock_guard<std::mutex> lock(waiting_);
  int status = REFRAIN_OK;
  empty(&status);
  return status;
}

int64_t IdleBlocks::give_back_for_another() {
  const std::lock_guard<std::mutex> lock(waiting_);
  if (capturing_ || ended_) return 0;
  int status = REFRAIN_OK;
  const int64_t bytes = empty(&status);
  // Whatever its stream has done wrong, its own thread is told at its next call.
  if (status != REFRAIN_OK) cudaGetLastError();
  return bytes;
}

int64_t IdleBlocks::give_back_others() const {
  std::vector<std::shared_ptr<IdleBlocks>> others;
  {
    // Not held while a stream is waited for: engines are opened and closed meanwhile.
    const std::lock_guard<std::mutex> lock(pools().lock);
    others = pools().all;
  }
  int64_t bytes = 0;
  for (const auto& other : others) {
    if (other.get() != this && other->device_ == device_) bytes += other->give_back_for_another();
  }
  return bytes;
}

void IdleBlocks::set_capturing(bool capturing) {
  const std::lock_guard<std::mutex> lock(waiting_);
  capturing_ = capturing;
}

void IdleBlocks::end() {
  {
    const std::lock_guard<std::mutex> lock(pools().lock);
    auto& all = pools().all;
    all.erase(std::remove_if(all.begin(), all.end(), [&](const auto& p) { return p.get() == this; }),
              all.end());
  }
  const std::lock_guard<std::mutex> lock(waiting_);
  ended_ = true;
}

}  // namespace refrain::cuda
