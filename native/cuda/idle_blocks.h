// The blocks of device memory of one pool (memory.h) that nobody has. The pools of a process know each other's,
// so that what one engine keeps for nobody does not refuse another one memory.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace refrain::cuda {

class IdleBlocks {
 public:
  // Those of a pool whose owner runs everything on this stream. Known to the others until end().
  static std::shared_ptr<IdleBlocks> open(int device, cudaStream_t stream);
  ~IdleBlocks() = default;
  IdleBlocks(const IdleBlocks&) = delete;
  IdleBlocks& operator=(const IdleBlocks&) = delete;

  void add(void* block, int64_t size_bytes);
  // One of at least so many bytes, and of not many more; null where there is none.
  void* take(int64_t size_bytes, int64_t* block_bytes);
  int64_t bytes() const;

  // By the owner: gives all of them back to the device. The status is the first failure's.
  int give_back();
  // The same with all other pools on the device but those that capture; they tell their owners of failures
  // at their next call. How many bytes there were.
  int64_t give_back_others() const;

  // While the owner captures, others' threads do not wait for its stream, which a capture forbids.
  void set_capturing(bool capturing);
  // Nobody else waits for the stream after this.
  void end();

 private:
  IdleBlocks(int device, cudaStream_t stream) : device_(device), stream_(stream) {}

  int64_t give_back_for_another();
  // By whoever holds waiting_. How many bytes there were; the status is set where something failed.
  int64_t empty(int* status);

  const int device_;
  const cudaStream_t stream_;
  // Held by whoever waits for the stream to give memory back. Taken before lock_.
  std::mutex waiting_;
  bool capturing_ = false;  // these two under waiting_
  bool ended_ = false;
  mutable std::mutex lock_;              // of what follows
  std::multimap<int64_t, void*> blocks_;  // by size
  int64_t bytes_ = 0;
};

}  // namespace refrain::cuda
