// The gradient of a weight matrix: dW[m,n] = A^T B over many rows, in pieces that can run side
// by side. Pieces are stretches of rows of dW, so every element is one chain over the rows of A
// and B in their order, whatever the number of pieces.
#pragma once

#include <cstdint>

#include "cpu/gemm.h"

namespace refrain::REFRAIN_TARGET {

class WeightGradient {
 public:
  WeightGradient() = default;
  WeightGradient(int64_t m, int64_t n, int64_t wanted_pieces);

  int64_t pieces() const;
  // Floats that each thread needs.
  int64_t scratch_size() const;

  // Assigns (Start::kZero) or adds to (Start::kC) one piece of dw [m,n], whose rows lie n apart. A
  // is [k,m], B is [k,n].
  void run(int64_t piece, Start start, int64_t k, const float* a, int64_t a_stride,
           const float* b, int64_t b_stride, float* dw, float* scratch) const;

 private:
  int64_t m_ = 0;
  int64_t n_ = 0;
  int64_t rows_ = 1;  // of a piece
  // A dW with few columns would leave most lanes of a vector empty: then its transpose is
  // computed, vectors running along m.
  bool transposes_ = false;
};

// sums[c] = sum over k rows of a[row,c] for `columns` columns. Rows are added in blocks of a fixed
// size, so that the rounding error hardly grows with their number.
void column_sums(int64_t k, const float* a, int64_t stride, int64_t columns, float* sums);

}  // namespace refrain::REFRAIN_TARGET
