// Matrices of rows as the contract's views describe them.
#pragma once

#include <cstdint>
#include <cstring>

#include "cpu/simd.h"
#include "refrain/shapes.h"

namespace refrain::REFRAIN_TARGET {

// data == null: absent.
struct Rows {
  float* data;
  int64_t stride;

  REFRAIN_INLINE bool present() const { return data != nullptr; }
  REFRAIN_INLINE float* row(int64_t i) const { return data + i * stride; }
};

REFRAIN_INLINE Rows rows_of(const refrain_view& view, int64_t group) {
  return {view.data == nullptr ? nullptr : view.data + group * view.group_stride, view.row_stride};
}

REFRAIN_INLINE void clear_row(float* row, int64_t columns) {
  std::memset(row, 0, columns * sizeof(float));
}

// A row of a state, where null stands for zeros.
REFRAIN_INLINE void copy_row(float* to, const float* from, int64_t columns) {
  if (from == nullptr) {
    clear_row(to, columns);
  } else if (to != from) {
    std::memcpy(to, from, columns * sizeof(float));
  }
}

}  // namespace refrain::REFRAIN_TARGET
