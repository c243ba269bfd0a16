#include "cuda/work_log.h"

#include <algorithm>
#include <cstring>

#include "cuda/operations.h"

namespace refrain::cuda {

WorkLog::Entry& WorkLog::next() {
  Entry& entry = entries_[static_cast<size_t>(count_ % kKept)];
  ++count_;
  return entry;
}

void WorkLog::add(int32_t operation, const void* arguments, size_t size_bytes) {
  Entry& entry = next();
  entry.recording = nullptr;
  entry.runs = 1;
  entry.operation = operation;
  std::memcpy(entry.arguments.data(), arguments, std::min(size_bytes, kMostBytes));
}

void WorkLog::add(const std::shared_ptr<const std::string>& recording) {
  if (count_ > 0) {
    Entry& last = entries_[static_cast<size_t>((count_ - 1) % kKept)];
    if (last.recording == recording) {
      ++last.runs;
      return;
    }
  }
  Entry& entry = next();
  entry.recording = recording;
  entry.runs = 1;
}

std::string WorkLog::text() const {
  const int64_t first = std::max<int64_t>(count_ - kKept, 0);
  std::string text = first == 0 ? "" : std::to_string(first) + " before, then ";
  for (int64_t i = first; i < count_; ++i) {
    const Entry& entry = entries_[static_cast<size_t>(i % kKept)];
    if (i > first) text += "; ";
    text += entry.recording == nullptr ? describe(entry.operation, entry.arguments.data())
                                       : *entry.recording;
    if (entry.runs > 1) text += ", " + std::to_string(entry.runs) + " times";
  }
  return text;
}

}  // namespace refrain::cuda
