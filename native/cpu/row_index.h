// Finds where a number was put first: open addressing over a power of two of places, kept in scratch memory.
#pragma once

#include <cstdint>
#include <cstring>

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

class RowIndex {
 public:
  // int32 numbers of memory for so many different rows.
  static int64_t size(int64_t rows) {
    int64_t places = 4;
    while (places < 2 * rows) places *= 2;
    return 2 * places;
  }

  RowIndex(int32_t* memory, int64_t rows) : keys_(memory), mask_(size(rows) / 2 - 1) {
    values_ = keys_ + mask_ + 1;
    std::memset(keys_, 0xff, static_cast<size_t>(mask_ + 1) * sizeof *keys_);
  }

  // The value of a row >= 0; `value` becomes it if the row is new.
  REFRAIN_INLINE int32_t find_or_put(int32_t row, int32_t value) {
    for (int64_t at = (static_cast<uint32_t>(row) * uint64_t{2654435769u} >> 12) & mask_;;
         at = (at + 1) & mask_) {
      if (keys_[at] == row) return values_[at];
      if (keys_[at] < 0) {
        keys_[at] = row;
        values_[at] = value;
        return value;
      }
    }
  }

 private:
  int32_t* keys_;
  int32_t* values_;
  int64_t mask_;
};

}  // namespace refrain::REFRAIN_TARGET
