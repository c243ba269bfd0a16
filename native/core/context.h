// An open engine with the recording that may be open on it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/backend.h"

namespace refrain {

// Copies of the arguments of recorded operations, in order.
class CallList {
 public:
  void append(int32_t operation, const void* arguments, size_t size_bytes);
  const std::vector<refrain_call>& calls() const { return calls_; }

 private:
  std::vector<std::unique_ptr<uint64_t[]>> arguments_;
  std::vector<refrain_call> calls_;
};

}  // namespace refrain

struct refrain_recording {
  refrain_context* context;
  refrain::CallList list;
  refrain_program* program;  // null where the backend compiles none
};

struct refrain_context {
  const refrain_backend* backend;
  refrain_engine* engine;
  std::unique_ptr<refrain::CallList> open_recording;
  int64_t operation_count;

  // Runs the operation, or appends it to the open recording. Its arguments have been checked.
  int submit(int32_t operation, const void* arguments, size_t size_bytes);
  // Passes a backend's status on, with its message.
  int pass(int status) const;
  int replay(refrain_recording& recording, int64_t times);
};
