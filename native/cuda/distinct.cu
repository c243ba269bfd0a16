#include "cuda/elementwise.cuh"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 256;

struct Distinct {
  refrain_distinct_args args;
  int64_t capacity;
  int32_t* ranks;  // [G, capacity]

  // -1 for an id without a row.
  __device__ int32_t id(int64_t group, int64_t i) const {
    const int32_t id = i < args.first_count
                           ? args.first[group * args.first_count + i]
                           : args.second[group * args.second_count + i - args.first_count];
    return id >= 0 && id < args.table_rows ? id : -1;
  }
};

// A block a group, in three rounds over the ids: where each appears first; how many first
// appearances are before it; the slots. Every pair of ids is compared, which for a few hundred
// takes no longer than sorting.
__global__ void __launch_bounds__(kThreads) distinct_kernel(Distinct d) {
  const int64_t capacity = d.capacity;
  for (int64_t group = blockIdx.y; group < d.args.groups; group += gridDim.y) {
    int32_t* rows = d.args.rows + group * capacity;
    int32_t* slots = d.args.slots + group * capacity;
    int32_t* ranks = d.ranks + group * capacity;
    for (int64_t i = threadIdx.x; i < capacity; i += kThreads) {
      const int32_t id = d.id(group, i);
      int64_t first = 0;
      while (first < i && d.id(group, first) != id) ++first;
      slots[i] = id < 0 ? -1 : static_cast<int32_t>(first);
      rows[i] = -1;
    }
    __syncthreads();
    for (int64_t i = threadIdx.x; i <= capacity; i += kThreads) {
      int32_t rank = 0;
      for (int64_t j = 0; j < i; ++j) rank += slots[j] == j ? 1 : 0;
      if (i == capacity) {
        d.args.count[group] = rank;
      } else if (slots[i] == i) {
        ranks[i] = rank;
        rows[rank] = d.id(group, i);
      }
    }
    __syncthreads();
    for (int64_t i = threadIdx.x; i < capacity; i += kThreads) {
      if (slots[i] >= 0) slots[i] = ranks[slots[i]];
    }
    __syncthreads();
  }
}

}  // namespace

void distinct(Engine& engine, const refrain_distinct_args& args) {
  const int64_t capacity = int64_t{args.first_count} + args.second_count;
  float* ranks = engine.scratch(args.groups * capacity);
  const dim3 grid(1, static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups)));
  engine.launch("distinct", distinct_kernel, grid, dim3(kThreads), 0,
                Distinct{args, capacity, reinterpret_cast<int32_t*>(ranks)});
}

}  // namespace refrain::cuda
