// Whole numbers that cut work into pieces.
#pragma once

#include <cstdint>

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

REFRAIN_INLINE int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
REFRAIN_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
REFRAIN_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Where piece i begins when `total` is cut into `parts` pieces whose sizes differ by at most one,
// larger ones first.
REFRAIN_INLINE int64_t piece_begin(int64_t total, int64_t parts, int64_t i) {
  return i * (total / parts) + smaller(i, total % parts);
}

}  // namespace refrain::REFRAIN_TARGET
