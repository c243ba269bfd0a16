// What a device was given since it last answered. A fault in a kernel shows in a later call, which had no
// part in it: the log says where to look.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace refrain::cuda {

class WorkLog {
 public:
  static constexpr size_t kMostBytes = 512;

  // An operation that is about to be launched. Its arguments, size_bytes of them, are copied: the text is
  // made only when somebody asks.
  void add(int32_t operation, const void* arguments, size_t size_bytes);
  // A run of a recording, which its text describes.
  void add(const std::shared_ptr<const std::string>& recording);
  // The device has answered: all of it is done.
  void clear() { count_ = 0; }

  int64_t count() const { return count_; }
  // The latest of it, first things first; empty where there is none.
  std::string text() const;

 private:
  static constexpr int64_t kKept = 4;

  struct Entry {
    std::shared_ptr<const std::string> recording;  // null: an operation
    int64_t runs;
    int32_t operation;
    alignas(8) std::array<unsigned char, kMostBytes> arguments;
  };

  Entry& next();

  std::array<Entry, kKept> entries_ = {};
  int64_t count_ = 0;
};

}  // namespace refrain::cuda
