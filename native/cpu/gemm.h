// Single-precision matrix products. Every element of C is one chain of multiply-adds over k in
// ascending order, begun at 0, at the bias or at C itself: its bits depend on neither blocking,
// nor the number of rows, nor threads, nor (with FMA) the width of the vectors. Blocks of k
// continue the chain through C.
//
// Matrices are row-major with a stride in floats between rows.
#pragma once

#include <cstdint>

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// Where the chain of each element of C begins.
enum class Start { kZero, kBias, kC };

// C[m,n] = start + A[m,k] B, with B[k,n] packed (panel.h).
struct Product {
  int64_t m;
  int64_t n;
  int64_t k;
  const float* a;
  int64_t a_stride;
  const float* packed_b;
  int64_t packed_k;  // rows that were packed; the first k of them are used
  float* c;
  int64_t c_stride;
  Start start;
  const float* bias;  // [n], read with Start::kBias alone
};
void multiply(const Product& product);

// C[m,n] = start + A^T B, with A[k,m] and B[k,n] as they lie in memory: the product of weight
// gradients, where k runs over all rows of all steps. Start::kBias is not for it.
struct TransposedProduct {
  int64_t m;
  int64_t n;
  int64_t k;
  const float* a;
  int64_t a_stride;
  const float* b;
  int64_t b_stride;
  float* c;
  int64_t c_stride;
  Start start;
};
// `scratch` holds transposed_scratch_size(m, n) floats.
void multiply_transposed(const TransposedProduct& product, float* scratch);
int64_t transposed_scratch_size(int64_t m, int64_t n);

// sums[c] = sum over k rows of a[row,c] for `columns` columns. Rows are added in blocks of a fixed
// size, so that the rounding error hardly grows with their number.
void column_sums(int64_t k, const float* a, int64_t stride, int64_t columns, float* sums);

}  // namespace refrain::REFRAIN_TARGET
