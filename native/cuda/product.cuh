// Matrix products of views, all groups in one launch: what linear and recurrent layers are made of.
// Every element is one chain of fused multiply-adds in the order of k, started from what Start says,
// so that its bits do not depend on tiles or on the number of groups.
#pragma once

#include <cstdint>

#include "cuda/engine.h"

namespace refrain::cuda {

enum class Start {
  kZero,
  kBias,  // bias [n]; absent: zeros
  kC      // what C holds
};

// C [m,n] = op(A) op(B). A is stored [m,k], or [k,m] if transposed; B [k,n], or [n,k] if transposed.
struct Product {
  int64_t groups;
  int64_t m;
  int64_t n;
  int64_t k;
  refrain_view a;
  bool a_transposed;
  refrain_view b;
  bool b_transposed;
  refrain_view c;
  Start start;
  refrain_view bias;  // its row_stride is not read
};

void multiply(Engine& engine, const char* name, const Product& product);

// sum[g, c] = the sum over rows of a[g, row, c], or of a[g, row, c] * factor[g, row, c] where a factor
// is present. Assigned or added to; written to `also` too where it is present.
struct ColumnSums {
  int64_t groups;
  int64_t rows;
  int64_t columns;
  refrain_view a;
  refrain_view factor;
  refrain_view sum;
  refrain_view also;
  bool accumulate;
};

void sum_columns(Engine& engine, const char* name, const ColumnSums& sums);

}  // namespace refrain::cuda
