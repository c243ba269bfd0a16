// Single-precision matrix products. Every element of C is one chain of multiply-adds over k in
// ascending order, begun at 0, at the bias or at C itself: its bits depend on neither blocking,
// nor the number of rows, nor threads, nor (with FMA) the width of the vectors. Blocks of k
// continue the chain through C.
//
// Matrices are row-major with a stride in floats between rows. The right operand is packed
// first: its columns are cut into panels of a few vectors, each panel contiguous over k and
// padded with zeros to whole vectors.
#pragma once

#include <cstdint>

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// Where the chain of each element of C begins.
enum class Start { kZero, kBias, kC };

// Floats that a packed b[k,n] takes.
int64_t packed_size(int64_t k, int64_t n);

// Number of panels of n columns. Panels can be packed independently of each other.
int64_t panel_count(int64_t n);

// Packs panels first..last-1 of b[k,n] (row stride `stride`).
void pack(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first, int64_t last,
          float* packed);

// The same of the transpose of b[n,k].
void pack_transposed(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first,
                     int64_t last, float* packed);

// C[m,n] = start + A[m,k] B, with B[k,n] packed. bias[n] is read with Start::kBias only.
struct Product {
  int64_t m;
  int64_t n;
  int64_t k;
  const float* a;
  int64_t a_stride;
  const float* packed_b;
  float* c;
  int64_t c_stride;
  Start start;
  const float* bias;
};
void multiply(const Product& product);

// C[m,n] = start + A^T B, with A[k,m] and B[k,n] as they lie in memory: the product of weight
// gradients, where k runs over all rows of all steps. `scratch` holds
// transposed_scratch_size(m, n) floats. Start::kBias is not supported.
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
int64_t transposed_scratch_size(int64_t m, int64_t n);
void multiply_transposed(const TransposedProduct& product, float* scratch);

}  // namespace refrain::REFRAIN_TARGET
