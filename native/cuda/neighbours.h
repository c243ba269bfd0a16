// Neighbours in a recording that are the same operation on arrays of their own: a training step finds,
// catches up and updates the rows of two tables, and each launch costs a graph some microseconds.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "refrain/shapes.h"

namespace refrain::cuda {

class Engine;

// Where an array lies.
struct Range {
  const void* begin;
  const void* end;
};

template <class T>
Range range_of(const T* data, int64_t count) {
  return {data, data == nullptr ? nullptr : data + count};
}

inline Range range_of(const refrain_view& view, int64_t groups, int64_t rows, int64_t columns) {
  return range_of(view.data,
                  (groups - 1) * view.group_stride + (rows - 1) * view.row_stride + columns);
}

// Whether no array of the first list shares memory with one of the second.
inline bool are_apart(std::initializer_list<Range> first, std::initializer_list<Range> second) {
  for (const Range& a : first) {
    for (const Range& b : second) {
      if (a.begin < b.end && b.begin < a.end) return false;
    }
  }
  return true;
}

// What one launch works on: blockIdx.z says which. A launch for one has only the first.
template <class T>
struct Pair {
  T of[2];
};

// Takes two calls at once, if their operation has such a launch and neither reads or writes what the other
// writes; false, with nothing done, otherwise.
bool run_both(Engine& engine, int32_t operation, const void* first, const void* second);

}  // namespace refrain::cuda
