// The gradient of weights: A^T B over many rows, in pieces that can run side by side. Pieces are
// stretches of columns of A, so every element is one chain over the rows of A and B in their
// order, whatever the number of pieces.
#pragma once

#include <cstdint>

#include "cpu/gemm.h"

namespace refrain::REFRAIN_TARGET {

// Where the gradient goes. The columns of B belong to one weight or, as with rows [x | h], to two;
// the columns of A summed up are the gradient of a bias. Absent ones are null.
struct WeightTargets {
  float* left;  // [m, left_columns]
  int64_t left_columns;
  float* right;  // [m, right_columns]
  int64_t right_columns;
  float* biases[2];  // [m], both get the same
  bool accumulate;   // else assign
};

struct WeightOperands {
  int64_t k;
  const float* a;  // [k,m]
  int64_t a_stride;
  const float* b;  // [k, left_columns + right_columns]
  int64_t b_stride;
};

class WeightGradient {
 public:
  WeightGradient() = default;
  WeightGradient(int64_t m, int64_t n, int64_t wanted_pieces);

  int64_t pieces() const;
  // Floats that each thread needs.
  int64_t scratch_size() const;
  void run(int64_t piece, const WeightOperands& operands, const WeightTargets& targets,
           float* scratch) const;

 private:
  int64_t m_ = 0;
  int64_t n_ = 0;
  int64_t rows_ = 1;  // of a piece
  // A gradient with few columns would leave most lanes of a vector empty: then its transpose is
  // computed, vectors running along m.
  bool transposes_ = false;
};

}  // namespace refrain::REFRAIN_TARGET
