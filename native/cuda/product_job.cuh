// A product or column sum as the kernels of product.cu take it: which way it is computed, how its k
// is split, and how a sum becomes an element of C.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/elementwise.cuh"
#include "cuda/product.cuh"

// Loops over arrays that must stay in registers.
#if defined(__NVCC__)
#define REFRAIN_UNROLL _Pragma("unroll")
#define REFRAIN_UNROLL_4 _Pragma("unroll 4")
#else
#define REFRAIN_UNROLL
#define REFRAIN_UNROLL_4
#endif

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
  bool spread;         // splits are blocks of their own, of which the last to arrive adds their
                       // partial sums; otherwise a block computes them in turn. Both add the same
                       // numbers in the same order
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
  float* partials;      // [G, tiles, splits, elements of a tile], as threads own them
  uint32_t* arrivals;   // [G, tiles]: blocks that have left their partial sums; 0 again at the end
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
// Of partial sums, for a job that splits.
int64_t elements_of_tile(const Job& job);

// What a column begins with where the start is kBias.
__device__ __forceinline__ float bias_of(const refrain_view& bias, const BiasAddition& addition,
                                         int64_t group, int64_t column) {
  float value = element_or_zero(bias, group, 0, column);
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
  return job.start == Start::kZero ? 0.0f : bias_of(job.bias, job.bias_addition, group, column);
}

// Writes the sum of a split's terms of one element.
__device__ __forceinline__ void finish_element(const Job& job, int64_t group, int split,
                                               int64_t row, int64_t column, float sum) {
  float& c = row_of(job.c, group, row)[column];
  c = start_of(job, group, column, split, c) + sum;
  if (job.also.data == nullptr) return;
  float& also = row_of(job.also, group, row)[column];
  also = start_of(job, group, column, split, also) + sum;
}

// The partial sums of a split of a tile with so many elements.
__device__ __forceinline__ float* partials_of(const Job& job, int64_t group, int64_t tile,
                                              int split, int elements) {
  return job.partials + ((group * job.tiles + tile) * job.splits + split) * elements;
}

// Called by all threads of a block whose partial sums are written. True in the block that comes
// last: it sees those of all splits, past the cache of its multiprocessor (__ldcg).
__device__ inline bool arrives_last(const Job& job, int64_t group, int64_t tile) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    const uint32_t others = static_cast<uint32_t>(job.splits - 1);
    last = atomicInc(job.arrivals + group * job.tiles + tile, others) == others;
  }
  __syncthreads();
  __threadfence();
  return last;
}

}  // namespace refrain::cuda
