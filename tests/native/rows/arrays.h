// Arrays on an engine between guards, and what the tests of operations on rows say of numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "check.h"
#include "refrain/refrain.h"

namespace refrain::test {

constexpr int64_t kGuard = 16;
constexpr uint32_t kMark = 0x5ca1ab1e;

// Arrays on an engine, each between guards, which `intact` checks.
class Arrays {
 public:
  explicit Arrays(refrain_context* context) : context_(context) {}
  Arrays(const Arrays&) = delete;

  ~Arrays() {
    for (const Block& block : blocks_) refrain_release(context_, block.base);
  }

  void* words(int64_t count, const void* values = nullptr) {
    std::vector<uint32_t> all(kGuard, kMark);
    all.resize(kGuard + count, 0);
    all.resize(kGuard + count + kGuard, kMark);
    if (values != nullptr) std::memcpy(all.data() + kGuard, values, count * 4);
    void* base = nullptr;
    CHECK(refrain_allocate(context_, static_cast<int64_t>(all.size()) * 4, &base) == REFRAIN_OK);
    CHECK(refrain_write(context_, base, all.data(), static_cast<int64_t>(all.size()) * 4) ==
          REFRAIN_OK);
    blocks_.push_back({base, count});
    return static_cast<uint32_t*>(base) + kGuard;
  }

  float* floats(const std::vector<float>& v) {
    return static_cast<float*>(words(static_cast<int64_t>(v.size()), v.data()));
  }
  int32_t* ints(const std::vector<int32_t>& v) {
    return static_cast<int32_t*>(words(static_cast<int64_t>(v.size()), v.data()));
  }
  refrain_view view(const std::vector<float>& v, int64_t rows, int64_t columns) {
    return {floats(v), rows * columns, columns};
  }

  refrain_step_state state(int32_t groups, int64_t step, double rate = 0.1) {
    std::vector<refrain_group_state> s(groups);
    for (int32_t g = 0; g < groups; ++g) {
      s[g] = {step, 42 + g, rate, rate, std::pow(0.9, step), std::pow(0.999, step), 0, 0, 1, 0};
    }
    const int64_t count = groups * static_cast<int64_t>(sizeof s[0]) / 4;
    return {static_cast<refrain_group_state*>(words(count, s.data())), nullptr, 0, groups};
  }

  template <class T>
  std::vector<T> read(const T* data, int64_t count) const {
    std::vector<T> values(count);
    CHECK(refrain_read(context_, values.data(), data, count * static_cast<int64_t>(sizeof(T))) ==
          REFRAIN_OK);
    return values;
  }

  // All that the arrays hold, guards too.
  std::vector<uint32_t> contents() const {
    std::vector<uint32_t> all;
    for (const Block& block : blocks_) {
      const auto part = read(static_cast<const uint32_t*>(block.base), block.count + 2 * kGuard);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  bool intact() const {
    for (const Block& block : blocks_) {
      const auto all = read(static_cast<const uint32_t*>(block.base), block.count + 2 * kGuard);
      for (int64_t i = 0; i < kGuard; ++i) {
        if (all[i] != kMark || all[kGuard + block.count + i] != kMark) return false;
      }
    }
    return true;
  }

 private:
  struct Block {
    void* base;
    int64_t count;
  };
  refrain_context* context_;
  std::vector<Block> blocks_;
};

inline void ok(int status) {
  if (status != REFRAIN_OK) std::fprintf(stderr, "%s\n", refrain_last_error());
  CHECK(status == REFRAIN_OK);
}

inline bool near(double expected, double actual, double tolerance) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  return std::fabs(expected - actual) <= tolerance * (1 + std::fabs(expected));
}

inline std::vector<float> waves(int64_t count, double phase, double scale = 0.5) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(scale * std::sin(0.61 * static_cast<double>(i) + phase));
  }
  return values;
}

}  // namespace refrain::test
