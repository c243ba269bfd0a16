// Loops over long arrays, shared out in stretches of a fixed length.
#pragma once

#include <cstdint>

#include "cpu/engine.h"
#include "cpu/partition.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

inline constexpr int64_t kStretch = 8192;

// Below this many elements one thread is done before another would have begun.
inline constexpr int64_t kElementsWorthSharing = 4 * kStretch;

inline int64_t stretches(int64_t count) { return divide_up(count, kStretch); }

// Calls body(group, begin, end) for stretches of [0, count) of every group.
template <class Body>
void for_stretches(Engine& engine, int64_t groups, int64_t count, Body&& body) {
  const int64_t pieces = stretches(count);
  const auto task_body = [&](int64_t task, int) {
    const int64_t begin = task % pieces * kStretch;
    body(task / pieces, begin, smaller(begin + kStretch, count));
  };
  if (groups * count < kElementsWorthSharing) {
    for (int64_t task = 0; task < groups * pieces; ++task) task_body(task, 0);
  } else {
    engine.threads().parallel_for(groups * pieces, task_body);
  }
}

}  // namespace refrain::REFRAIN_TARGET
