#include "cuda/elementwise.cuh"
#include "cuda/neighbours.h"
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
__global__ void __launch_bounds__(kThreads) distinct_kernel(
    const __grid_constant__ Pair<Distinct> lists) {
  const Distinct& d = lists.of[blockIdx.z];
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

int64_t capacity_of(const refrain_distinct_args& args) {
  return int64_t{args.first_count} + args.second_count;
}

// A second one where it is not null.
void launch(Engine& engine, const refrain_distinct_args& first,
            const refrain_distinct_args* second) {
  Pair<Distinct> lists = {};
  int64_t groups = 0;
  int64_t most_shared = 0;
  const refrain_distinct_args* const all[] = {&first, second};
  for (int i = 0; i < 2 && all[i] != nullptr; ++i) {
    const int64_t capacity = capacity_of(*all[i]);
    const bool shared = capacity <= kMostShared;
    float* ids = shared ? nullptr : engine.scratch(all[i]->groups * capacity);
    lists.of[i] = {*all[i], capacity, reinterpret_cast<int32_t*>(ids)};
    groups = larger(groups, all[i]->groups);
    if (shared) most_shared = larger(most_shared, capacity);
  }
  const dim3 grid(1, static_cast<unsigned>(smaller(groups, kMostBlocksOfGroups)),
                  second == nullptr ? 1 : 2);
  engine.launch("distinct", distinct_kernel, grid, dim3(kThreads),
                static_cast<size_t>(most_shared) * sizeof(int32_t), lists);
}

Range written(const int32_t* list, const refrain_distinct_args& args) {
  return range_of(list, args.groups * capacity_of(args));
}

// Whether `other` does not need what `args` writes.
bool leaves_alone(const refrain_distinct_args& args, const refrain_distinct_args& other) {
  return are_apart({written(args.rows, args), written(args.slots, args),
                    range_of(args.count, args.groups)},
                   {written(other.rows, other), written(other.slots, other),
                    range_of(other.count, other.groups),
                    range_of(other.first, int64_t{other.groups} * other.first_count),
                    range_of(other.second, int64_t{other.groups} * other.second_count)});
}

}  // namespace

void distinct(Engine& engine, const refrain_distinct_args& args) { launch(engine, args, nullptr); }

bool distinct_both(Engine& engine, const refrain_distinct_args& first,
                   const refrain_distinct_args& second) {
  if (!leaves_alone(first, second) || !leaves_alone(second, first)) return false;
  launch(engine, first, &second);
  return true;
}

}  // namespace refrain::cuda
