// Which way each operation of each shape was run, and why each faster one was not: told to whoever asks.
// Choices (choices.h) decide; these only tell.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace refrain::cuda {

// The faster ways of an operation that declined, with their reasons, fastest first.
using Declined = std::vector<std::pair<std::string, std::string>>;

class Decisions {
 public:
  enum Operation : int64_t { kRecurrence, kProduct, kLoss, kClipNorm };
  // The operation, then what its choice looks at.
  using Key = std::array<int64_t, 10>;

  // Whether this outcome is noted: asked at each call, so that texts are made once a shape.
  bool knows(const Key& key, const char* taken) const;
  // The outcome that came last counts. `shape`: the key as text, the operation first.
  void note(const Key& key, const std::string& shape, const char* taken, const Declined& declined);

  // "product m=1000 n=400 k=100: own kernels; not cuBLAS: ..." a line, in the order of the texts.
  std::string text() const;

  // Shapes without end, such as lengths of texts, must not take memory without end.
  static constexpr size_t kMost = 1000;

 private:
  struct Decision {
    std::string shape;
    std::string taken;
    std::string reasons;
  };
  std::map<Key, Decision> decisions_;
  bool full_ = false;
};

}  // namespace refrain::cuda
