// The packed form of a right operand B[k,n]: its columns are cut into panels of a few vectors,
// each panel contiguous over k and padded with zeros to whole vectors.
#pragma once

#include <cstdint>

#include "cpu/partition.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// Vectors of the widest panel; gemm.cc tells why.
#if defined(__AVX512F__)
inline constexpr int kMaxVectors = 4;
#else
inline constexpr int kMaxVectors = 3;
#endif

struct Panel {
  int64_t column;  // first column
  int vectors;
  int last_lanes;  // columns in its last vector
};

// The panels of n columns; widths differ by at most one vector.
class Panels {
 public:
  REFRAIN_INLINE explicit Panels(int64_t n)
      : last_lanes_(lanes_in_tail(n)), count_(divide_up(divide_up(n, kLanes), kMaxVectors)) {
    const int64_t vectors = divide_up(n, kLanes);
    narrow_ = vectors / count_;
    wide_ = vectors - narrow_ * count_;
  }

  REFRAIN_INLINE int64_t count() const { return count_; }

  REFRAIN_INLINE Panel operator[](int64_t i) const {
    const int64_t first_vector = i * narrow_ + smaller(i, wide_);
    return {first_vector * kLanes, static_cast<int>(narrow_ + (i < wide_)),
            i == count_ - 1 ? last_lanes_ : kLanes};
  }

 private:
  int last_lanes_;
  int64_t count_;
  int64_t narrow_;  // vectors of a narrow panel
  int64_t wide_;    // panels that have one vector more: the first ones
};

// Floats that a packed b[k,n] takes.
REFRAIN_INLINE int64_t packed_size(int64_t k, int64_t n) {
  return divide_up(n, kLanes) * kLanes * k;
}

}  // namespace refrain::REFRAIN_TARGET
