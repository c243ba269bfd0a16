#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 256;
// Ids whose places fit the shared memory that a kernel has without asking.
constexpr int64_t kMostShared = 4096;

struct Distinct {
  refrain_distinct_args args;
  int64_t capacity;
  int32_t* ids;  // [G, capacity], where shared memory has no room for them; else null

  // -1 for an id without a row.
  __device__ int32_t id(int64_t group, int64_t i) const {
    const int32_t id = i < args.first_count
                           ? args.first[group * args.first_count + i]
                           : args.second[group * args.second_count + i - args.first_count];
    return id >= 0 && id < args.table_rows ? id : -1;
  }
};

// Of so many of a block's threads before this one whose flag is set, and of all of them.
struct Rank {
  int before;
  int all;
};

__device__ Rank rank_of(bool flag, int* of_warps) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const unsigned mask = __ballot_sync(0xffffffffu, flag);
  if (lane == 0) of_warps[warp] = __popc(mask);
  __syncthreads();
  Rank rank = {__popc(mask & ((1u << lane) - 1u)), 0};
  for (int i = 0; i < kThreads / kWarp; ++i) {
    if (i < warp) rank.before += of_warps[i];
    rank.all += of_warps[i];
  }
  __syncthreads();
  return rank;
}

// A block a group. A thread an id looks for the first one that equals it, which for a few hundred takes no
// longer than sorting: what all threads read is one number of the shared memory. First ones get their
// numbers in the order of the ids, and tell them to the others.
__global__ void __launch_bounds__(kThreads) distinct_kernel(Distinct d) {
  __shared__ int of_warps[kThreads / kWarp];
  const int64_t capacity = d.capacity;
  for (int64_t group = blockIdx.y; group < d.args.groups; group += gridDim.y) {
    int32_t* ids = d.ids == nullptr ? reinterpret_cast<int32_t*>(dynamic_shared())
                                    : d.ids + group * capacity;
    int32_t* rows = d.args.rows + group * capacity;
    int32_t* slots = d.args.slots + group * capacity;
    for (int64_t i = threadIdx.x; i < capacity; i += kThreads) ids[i] = d.id(group, i);
    __syncthreads();
    int32_t count = 0;
    for (int64_t turn = 0; turn < capacity; turn += kThreads) {
      const int64_t i = turn + threadIdx.x;
      const int32_t id = i < capacity ? ids[i] : -1;
      // to the end, whatever is found: reads that do not wait for one another
      int64_t first = i;
#pragma unroll 8
      for (int64_t j = smaller(i, capacity) - 1; j >= 0; --j) first = ids[j] == id ? j : first;
      const Rank rank = rank_of(id >= 0 && first == i, of_warps);
      if (id >= 0 && first == i) {
        rows[count + rank.before] = id;
        slots[i] = count + rank.before;
      }
      count += rank.all;
      __syncthreads();  // the slots of the first ones are there
      if (i < capacity && (id < 0 || first < i)) slots[i] = id < 0 ? -1 : slots[first];
    }
    for (int64_t i = count + threadIdx.x; i < capacity; i += kThreads) rows[i] = -1;
    if (threadIdx.x == 0) d.args.count[group] = count;
    __syncthreads();
  }
}

}  // namespace

void distinct(Engine& engine, const refrain_distinct_args& args) {
  const int64_t capacity = int64_t{args.first_count} + args.second_count;
  const bool shared = capacity <= kMostShared;
  float* ids = shared ? nullptr : engine.scratch(args.groups * capacity);
  const dim3 grid(1, static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups)));
  const size_t shared_bytes = shared ? static_cast<size_t>(capacity) * sizeof(int32_t) : 0;
  engine.launch("distinct", distinct_kernel, grid, dim3(kThreads), shared_bytes,
                Distinct{args, capacity, reinterpret_cast<int32_t*>(ids)});
}

}  // namespace refrain::cuda
