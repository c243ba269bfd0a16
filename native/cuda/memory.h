// The device memory of one engine: a pool of blocks, counted against a limit.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <map>
#include <memory>

#include "cuda/idle_blocks.h"

namespace refrain::cuda {

// A block that is released is kept, and given to the next that asks for about as much: everything that
// reads or writes it runs on the engine's one stream, so what the new owner does comes after what the old
// one did, and nobody has to wait for the device or its driver. Blocks that nobody has are given back to
// the device when room is needed: under the limit, when the device has none left, and before all blocks
// together become half as much again as was ever in use at once.
//
// The pools of a process know each other: before a device that is full refuses, those of the other engines on
// it give back what nobody has. One thread at a time uses a pool, but for that (idle_blocks.h).
//
// Not cudaMallocAsync: what it does between two engines, and what it holds back, is the driver's affair and
// cannot be shown without a device. Not one large slab: each block is an allocation of its own, so that the
// emulator and compute-sanitizer see where it ends.
class Memory {
 public:
  // limit_bytes 0: no limit. Without `pools` released blocks go back to the device at once, which is slow
  // and lets a sanitizer see accesses to them.
  Memory(int64_t limit_bytes, cudaStream_t stream, bool pools);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Null, with a status and a message, when the limit or the device's memory does not suffice. Not zeroed.
  void* allocate(int64_t size_bytes, int* status = nullptr);
  // The same for what the engine itself keeps until it is closed: the limit covers it, and
  // allocated_bytes(), which is of what others have asked for, does not.
  void* allocate_for_engine(int64_t size_bytes, int* status = nullptr);
  // False when the block is not one of these. The status is that of giving it back to the device, which
  // happens without a pool alone.
  bool release(void* block, int* status = nullptr);
  // Gives back what nobody has.
  int trim() { return idle_->give_back(); }
  // The same with the other engines' pools on the device, for what takes memory of the device elsewhere.
  // How many bytes there were.
  int64_t make_room();
  // While it lives, other engines' threads do not wait for this one's stream, which a capture forbids.
  class Capturing {
   public:
    explicit Capturing(Memory& memory) : idle_(*memory.idle_) { idle_.set_capturing(true); }
    ~Capturing() { idle_.set_capturing(false); }
    Capturing(const Capturing&) = delete;
    Capturing& operator=(const Capturing&) = delete;

   private:
    IdleBlocks& idle_;
  };
  // Gives back everything, when nothing runs any more.
  int close();

  // Whether all these bytes lie within one block that somebody has.
  bool holds(const void* data, int64_t size_bytes) const;
  int64_t allocated_bytes() const { return allocated_bytes_; }
  // 0: none.
  int64_t limit_bytes() const { return limit_bytes_; }
  // Kept for the next.
  int64_t idle_bytes() const { return idle_->bytes(); }
  // How often the device was asked for a block.
  int64_t device_allocations() const { return device_allocations_; }

 private:
  struct Block {
    int64_t asked_bytes;
    int64_t block_bytes;
    bool of_engine;
  };

  void* allocate(int64_t size_bytes, bool for_engine, int* status);
  // A new block.
  int ask_device(int64_t size_bytes, void** block);
  int64_t held_bytes() const { return in_use_bytes_ + idle_bytes(); }

  const int64_t limit_bytes_;
  const bool pools_;
  const std::shared_ptr<IdleBlocks> idle_;
  std::map<const char*, Block> blocks_;  // that somebody has
  int64_t allocated_bytes_ = 0;          // as asked, without the engine's own
  int64_t in_use_bytes_ = 0;             // whole blocks
  int64_t most_in_use_bytes_ = 0;
  int64_t device_allocations_ = 0;
};

}  // namespace refrain::cuda
