// Matrix products of views and sums over columns, all groups in one launch: what linear and
// recurrent layers are made of. Independent ones share a launch (ProductBatch).
//
// How the terms of an element are added is a fixed function of (m, n, k, transpositions): its bits
// depend neither on the number of groups, nor on the device, nor on what shares the launch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cuda/engine.h"

namespace refrain::cuda {

enum class Start {
  kZero,
  kBias,  // bias [n]; absent: zeros
  kC      // what C holds
};

// What is added to the bias: columns below `end` of another one, and a constant to columns
// shift_begin .. shift_end-1.
struct BiasAddition {
  refrain_view bias;
  int64_t end;
  int64_t shift_begin;
  int64_t shift_end;
  float shift;
};

// Further terms of the sums: k more, of operands elsewhere.
struct Terms {
  refrain_view a;
  refrain_view b;
  int64_t k;
};

// C [m,n] = op(A) op(B). A is stored [m,k], or [k,m] if transposed; B [k,n], or [n,k] if
// transposed.
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
  BiasAddition bias_addition = {};
  Terms more = {};
};

void multiply(Engine& engine, const char* name, const Product& product);

// sum[g, c] = the sum over rows of a[g, row, c], or of a[g, row, c] * factor[g, row, c] where a
// factor is present. Assigned or added to; written to `also` too where it is present.
struct ColumnSums {
  int64_t groups;
  int64_t rows;
  int64_t columns;
  refrain_view a;
  refrain_view factor;
  refrain_view sum;
  refrain_view also;
  bool accumulate;
  Terms more = {};  // further rows; b is their factor
};

void sum_columns(Engine& engine, const char* name, const ColumnSums& sums);

struct Job;

// Products and sums of one operation, none of which reads what another one writes: noted first,
// then run in one launch.
class ProductBatch {
 public:
  explicit ProductBatch(Engine& engine);
  ~ProductBatch();
  ProductBatch(const ProductBatch&) = delete;
  ProductBatch& operator=(const ProductBatch&) = delete;

  void add(const char* name, const Product& product);
  void add(const char* name, const ColumnSums& sums);
  void run();

 private:
  void add(const char* name, int64_t groups, const Job& job);

  Engine& engine_;
  std::string name_;
  int64_t groups_ = 0;
  std::vector<Job> jobs_;
};

}  // namespace refrain::cuda
