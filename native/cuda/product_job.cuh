// A product or column sum as the kernels of product.cu take it: which way it is computed, how its k is
// split, and how a sum becomes an element of C.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/elementwise.cuh"
#include "cuda/product.cuh"

namespace refrain::cuda {

constexpr int kProductThreads = 256;
// Jobs of one launch: the table is a kernel argument, of which there may be 4 KiB.
constexpr int kMostJobs = 8;

enum class Way : int32_t {
  kLargeTile,   // 128 x 64 elements of C a block (product_tile.cuh)
  kMediumTile,  // 64 x 64
  kSmallTile,   // 32 x 32
  kRows,        // m or n is 1: a warp a row of a matrix that lies along k (product_vector.cuh)
  kColumns,     // m or n is 1, the matrix lies across k; and sums of columns
  kDirect       // k is small: a thread an element
};

// What the elements of a column are multiplied with, where the way is kColumns.
enum class Factor : int32_t { kNone, kVector, kMatrix };

struct Job {
  Way way;
  Factor factor;
  Start start;
  int32_t splits;
  bool spread;         // splits are blocks of their own and leave partial sums; otherwise C takes them in
                       // turn. Both add the same numbers in the same order
  bool transposed_out; // kRows, kColumns: element i of the result is C[0, i], not C[i, 0]
  bool a_along_k;      // rows of A as stored run along k
  bool b_along_k;
  bool a_vectors;      // rows of A as stored are aligned to 16 bytes
  bool b_vectors;
  bool c_vectors;
  int64_t m;
  int64_t n;
  Terms terms[2];      // kRows, kColumns: a is the matrix, b the vector
  int64_t split_depth; // terms of a split; kTiles: steps of kTileDepth terms
  refrain_view c;
  refrain_view also;
  refrain_view bias;
  BiasAddition bias_addition;
  int64_t tiles;
  int64_t column_tiles;
  float* partials;      // [G, splits, m, n]
  uint32_t first_block;
  int32_t width;        // kDirect: columns of a block, a power of two

  __host__ __device__ int64_t depth() const { return terms[0].k + terms[1].k; }
};

struct JobTable {
  int64_t groups;
  int32_t count;
  Job jobs[kMostJobs];
};
static_assert(sizeof(JobTable) <= 4096, "kernel arguments have 4 KiB");

// How a product is computed; C's splits are not placed yet.
Job planned(const Product& product);
Job planned(const ColumnSums& sums);

__device__ __forceinline__ float bias_of(const Job& job, int64_t group, int64_t column) {
  float value = element_or_zero(job.bias, group, 0, column);
  const BiasAddition& addition = job.bias_addition;
  if (addition.bias.data != nullptr && column < addition.end) {
    value += row_of(addition.bias, group, 0)[column];
  }
  if (column >= addition.shift_begin && column < addition.shift_end) value += addition.shift;
  return value;
}

// What the first split is added to; the others are added to what is there.
__device__ __forceinline__ float start_of(const Job& job, int64_t group, int64_t column, int split,
                                          const float& present) {
  if (split > 0 || job.start == Start::kC) return present;
  return job.start == Start::kZero ? 0.0f : bias_of(job, group, column);
}

__device__ __forceinline__ float* partial_row(const Job& job, int64_t group, int split,
                                              int64_t row) {
  return job.partials + ((group * job.splits + split) * job.m + row) * job.n;
}

// The sum of a split's terms of one element.
__device__ __forceinline__ void finish_element(const Job& job, int64_t group, int split,
                                               int64_t row, int64_t column, float sum) {
  if (job.spread) {
    partial_row(job, group, split, row)[column] = sum;
    return;
  }
  float& c = row_of(job.c, group, row)[column];
  c = start_of(job, group, column, split, c) + sum;
  if (job.also.data == nullptr) return;
  float& also = row_of(job.also, group, row)[column];
  also = start_of(job, group, column, split, also) + sum;
}

}  // namespace refrain::cuda
