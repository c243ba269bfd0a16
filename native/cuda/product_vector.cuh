// Products with a single row or column, sums of columns, and products of few terms.
#pragma once

#include "cuda/product_job.cuh"
#include "cuda/reduce.cuh"

namespace refrain::cuda {

constexpr int kRowsOfBlock = kProductThreads / kWarp;
constexpr int kColumnsOfBlock = 32;
constexpr int kColumnLanes = kProductThreads / kColumnsOfBlock;
// Terms that a lane of a column adds in float, before the sum goes on in double: the error must not
// grow with the rows.
constexpr int kColumnChain = 16;
constexpr int kDirectTerms = 4;
// Rows that a thread of the direct way owns.
constexpr int kDirectRows = 4;
constexpr int kDirectMostColumns = 64;

// Term k of row `row` of the matrix, and the same term of the vector; k counts through both Terms.
__device__ __forceinline__ float row_term(const Job& job, int64_t group, int64_t row, int64_t k) {
  const bool further = k >= job.terms[0].k;
  const Terms& terms = job.terms[further ? 1 : 0];
  if (further) k -= job.terms[0].k;
  const float* vector = row_of(terms.b, group, 0);
  return row_of(terms.a, group, row)[k] * vector[job.b_along_k ? k : k * terms.b.row_stride];
}

__device__ __forceinline__ float column_term(const Job& job, int64_t group, int64_t column,
                                             int64_t k) {
  const bool further = k >= job.terms[0].k;
  const Terms& terms = job.terms[further ? 1 : 0];
  if (further) k -= job.terms[0].k;
  const float value = row_of(terms.a, group, k)[column];
  if (job.factor == Factor::kNone) return value;
  if (job.factor == Factor::kMatrix) return value * row_of(terms.b, group, k)[column];
  const float* vector = row_of(terms.b, group, 0);
  return value * vector[job.b_along_k ? k : k * terms.b.row_stride];
}

// What a thread does with its sum of a split: `place` is the item within the tile, -1 where the
// thread has none, and `i` the item of the result.
struct Item {
  const Job& job;
  const int64_t group;
  const int64_t tile;
  const int elements;  // of a tile
  const int place;
  const int64_t i;

  __device__ void write(int split, float sum) const {
    finish_element(job, group, split, job.transposed_out ? 0 : i, job.transposed_out ? i : 0, sum);
  }

  __device__ void finish(int split, float sum) const {
    if (!job.spread) {
      if (place >= 0) write(split, sum);
      return;
    }
    if (place >= 0) partials_of(job, group, tile, split, elements)[place] = sum;
    if (!arrives_last(job, group, tile) || place < 0) return;
    for (int k = 0; k < job.splits; ++k) {
      write(k, __ldcg(partials_of(job, group, tile, k, elements) + place));
    }
  }
};

__device__ __forceinline__ int64_t items_of(const Job& job) {
  return job.transposed_out ? job.n : job.m;
}

// A warp adds the terms of a row, lane l those of k = l, l + 32, ..., and then its lanes by a tree.
__device__ inline void run_rows(const Job& job, int64_t group, int64_t tile, int first_split,
                                int last_split) {
  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  const int64_t row = tile * kRowsOfBlock + warp;
  const bool inside = row < items_of(job);
  const Item item = {job, group, tile, kRowsOfBlock, inside && lane == 0 ? warp : -1, row};
  for (int split = first_split; split < last_split; ++split) {
    const int64_t end = inside ? smaller((split + 1) * job.split_depth, job.depth()) : 0;
    float sum = 0.0f;
    for (int64_t k = split * job.split_depth + lane; k < end; k += kWarp) {
      sum += row_term(job, group, row, k);
    }
    item.finish(split, warp_sum(sum));
  }
}

// Lane l of a column adds its rows l, l + 8, ... in chains; then the lanes are added by a tree.
// `shared` has room for a double a thread.
__device__ inline void run_columns(const Job& job, int64_t group, int64_t tile, int first_split,
                                   int last_split, double* shared) {
  const int lane = threadIdx.x / kColumnsOfBlock;
  const int place = threadIdx.x % kColumnsOfBlock;
  const int64_t column = tile * kColumnsOfBlock + place;
  const bool inside = column < items_of(job);
  const Item item = {job, group, tile, kColumnsOfBlock, inside && lane == 0 ? place : -1, column};
  for (int split = first_split; split < last_split; ++split) {
    const int64_t end = inside ? smaller((split + 1) * job.split_depth, job.depth()) : 0;
    double sum = 0.0;
    for (int64_t first = split * job.split_depth + lane; first < end;
         first += kColumnChain * kColumnLanes) {
      float chain = 0.0f;
      REFRAIN_UNROLL
      for (int i = 0; i < kColumnChain; ++i) {
        const int64_t k = first + i * kColumnLanes;
        if (k < end) chain += column_term(job, group, column, k);
      }
      sum += chain;
    }
    shared[threadIdx.x] = sum;
    __syncthreads();
    for (int half = kColumnLanes / 2; half > 0; half /= 2) {
      if (lane < half) shared[threadIdx.x] += shared[threadIdx.x + half * kColumnsOfBlock];
      __syncthreads();
    }
    item.finish(split, static_cast<float>(shared[place]));
    __syncthreads();
  }
}

__device__ __forceinline__ const float* operand_at(const refrain_view& view, bool along_k,
                                                   int64_t group, int64_t i, int64_t k) {
  return along_k ? row_of(view, group, i) + k : row_of(view, group, k) + i;
}

// A thread takes a column of up to kDirectRows rows.
__device__ inline void run_direct(const Job& job, int64_t group, int64_t tile) {
  const int rows_apart = kProductThreads / job.width;
  const int64_t column = tile % job.column_tiles * job.width + threadIdx.x % job.width;
  const int64_t first_row =
      tile / job.column_tiles * rows_apart * kDirectRows + threadIdx.x / job.width;
  if (column >= job.n) return;
  float b[kDirectTerms] = {};
  const int depth = static_cast<int>(job.depth());
  const int boundary = static_cast<int>(job.terms[0].k);
  REFRAIN_UNROLL
  for (int k = 0; k < kDirectTerms; ++k) {
    if (k >= depth) continue;
    const Terms& terms = job.terms[k < boundary ? 0 : 1];
    b[k] = *operand_at(terms.b, job.b_along_k, group, column, k < boundary ? k : k - boundary);
  }
  for (int i = 0; i < kDirectRows; ++i) {
    const int64_t row = first_row + i * rows_apart;
    if (row >= job.m) return;
    float sum = 0.0f;
    REFRAIN_UNROLL
    for (int k = 0; k < kDirectTerms; ++k) {
      if (k >= depth) continue;
      const Terms& terms = job.terms[k < boundary ? 0 : 1];
      sum = fmaf(
          *operand_at(terms.a, job.a_along_k, group, row, k < boundary ? k : k - boundary), b[k],
          sum);
    }
    finish_element(job, group, 0, row, column, sum);
  }
}

}  // namespace refrain::cuda
