#include "cuda/decisions.h"

#include <algorithm>

namespace refrain::cuda {

bool Decisions::knows(const Key& key, const char* taken) const {
  const auto found = decisions_.find(key);
  return found == decisions_.end() ? full_ : found->second.taken == taken;
}

void Decisions::note(const Key& key, const std::string& shape, const char* taken,
                     const Declined& declined) {
  if (decisions_.size() >= kMost && decisions_.count(key) == 0) {
    full_ = true;
    return;
  }
  std::string reasons;
  for (const auto& [name, reason] : declined) reasons += "; not " + name + ": " + reason;
  decisions_[key] = {shape, taken, reasons};
}

std::string Decisions::text() const {
  std::vector<std::string> lines;
  for (const auto& [key, decision] : decisions_) {
    lines.push_back(decision.shape + ": " + decision.taken + decision.reasons + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  if (full_) text += "(shapes that came after the first " + std::to_string(kMost) + " are not kept)\n";
  return text;
}

}  // namespace refrain::cuda
