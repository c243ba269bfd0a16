// The open cpu engine: its threads, its memory and the scratch memory of the running operation.
// Kernels are compiled for several instruction sets against this header, so nothing in it is
// inline (see simd.h).
#pragma once

#include <cstdint>
#include <map>

#include "cpu/threads.h"

namespace refrain {

// Blocks of memory aligned to 64 bytes, counted against a limit.
class Memory {
 public:
  explicit Memory(int64_t limit_bytes);  // 0: no limit
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Null with a message when the limit or the machine's memory does not suffice. Not zeroed.
  void* allocate(int64_t size_bytes);
  // False when the block is not one of these.
  bool release(void* block);
  // Whether all these bytes lie within one block.
  bool holds(const void* data, int64_t size_bytes) const;
  int64_t allocated_bytes() const;

 private:
  int64_t limit_bytes_;
  int64_t allocated_bytes_ = 0;
  std::map<const char*, int64_t> size_of_block_;
};

class Engine {
 public:
  Engine(int threads, int64_t memory_limit_bytes);

  Threads& threads();
  Memory& memory();

  // At least so many floats, aligned to 64 bytes, for the running operation alone; kept and grown
  // from call to call, so that a step in the steady state allocates nothing. Null with a message
  // when there is not enough memory.
  float* scratch(int64_t floats);
  void release_scratch();

 private:
  Memory memory_;
  Threads threads_;
  float* scratch_ = nullptr;
  int64_t scratch_floats_ = 0;
};

}  // namespace refrain
