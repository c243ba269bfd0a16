// What the libraries that stand in for cuBLAS and cuDNN share. They do on the CPU what NVIDIA's manuals
// say, in plain loops, on the streams and the memory of the emulator, and refuse what a real library
// would refuse or what it might allow but Refrain must not do.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "emulator/emulator.h"
#include "refrain/shapes.h"

namespace refrain::fake {

// False, with a line on stderr, where a demand is not met.
inline bool demand(bool met, const char* function, const char* what) {
  if (!met) std::fprintf(stderr, "%s: not met: %s\n", function, what);
  return met;
}

inline bool aligned(const void* memory, uintptr_t bytes) {
  return reinterpret_cast<uintptr_t>(memory) % bytes == 0;
}

inline bool on_device(const void* memory, size_t size_bytes) {
  return memory != nullptr && emulator::is_device_memory(memory, size_bytes);
}

inline bool absent_or_on_device(const void* memory, size_t size_bytes) {
  return memory == nullptr || on_device(memory, size_bytes);
}

// A function of the library whose next call is to fail.
class Refusal {
 public:
  void plan(const char* function) { function_ = function; }
  bool is_due(const char* function) {
    if (function_ != function) return false;
    function_.clear();
    return true;
  }

 private:
  std::string function_;
};

}  // namespace refrain::fake

#define DEMAND(condition, status) \
  if (!refrain::fake::demand(condition, __func__, #condition)) return status
