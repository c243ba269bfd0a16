// A reproducible source of values.
#pragma once

#include <cstdint>

namespace refrain::test {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}

  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ >> 11;
  }
  // In [0, range).
  int below(int range) { return static_cast<int>(next() % static_cast<uint64_t>(range)); }
  bool coin() { return below(2) == 1; }
  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(next() % 1000003) / 1000003.0f;
  }

 private:
  uint64_t state_;
};

}  // namespace refrain::test
