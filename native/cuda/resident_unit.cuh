// What a cell is to the kernel that runs all steps of a recurrent layer with R on chip
// (resident_kernel.cuh): it says what a unit does with its sums.
//
//   struct Cell {
//     static constexpr refrain::cuda::Cell kCell;
//     static constexpr Direction kDirection;
//     struct Loaded;             what a phase of a row needs of global memory, fetched ahead
//     using State = UnitState<n>;
//     bool ends_with_product;    backward: whether the gradient of the initial state is wanted
//     template <int kPhase> Loaded load(const Seat&, int order) const;
//     // Forward sends the initial state, both fill the unit's states.
//     void begin(const Seat&, const Sender&) const;
//     template <int kPhase> void apply(const Seat&, int order, float sum, const Loaded&,
//                                      const State&, const Sender&) const;
//   };
//
// Forward applies to step `order` the sums over the state before it. Backward sums the gradient of
// the state before step `order` and applies it to step order-1; with order = T there is no sum yet,
// with order = 0 no step is left.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/cell.cuh"
#include "cuda/exchange.cuh"
#include "cuda/resident_plan.h"

namespace refrain::cuda {

constexpr unsigned kAllLanes = 0xffffffffu;

// A lane's place: which unit of which row it works for.
struct Seat {
  int out;       // forward with a lane for each gate: the gate; otherwise the unit of the four
  int copy;      // number among the lanes that hold the same
  int copies;
  int unit;      // of the layer
  bool exists;   // the unit does
  int group;
  int n;         // row of the batch
  float* states;  // of this unit and row: at [i * state_stride]
  int state_stride;
};

// The seat's row of a sequence at step t. A layer has fewer than 2^32 rows (resident_plan.h), and
// 64-bit products take four times the instructions.
__device__ __forceinline__ float* row_at(const Steps& steps, const refrain_view& view, int t,
                                         const Seat& at) {
  const uint32_t row = static_cast<uint32_t>(t) * static_cast<uint32_t>(steps.batch) +
                       static_cast<uint32_t>(at.n);
  return view.data + at.group * view.group_stride + row * view.row_stride;
}

// The seat's element of it, 0 where the array is absent.
__device__ __forceinline__ float element_at(const Steps& steps, const refrain_view& view,
                                            int t, const Seat& at) {
  return view.data == nullptr ? 0.0f : row_at(steps, view, t, at)[at.unit];
}

template <int kStates>
struct UnitState {
  float value[kStates];
};

// Hands an element of the vector to all blocks of the team, for the next phase.
struct Sender {
  Exchange way;
  int blocks;
  float* to;  // the row's vector in this block's shared memory, or in global memory

  __device__ void send(const Seat& seat, int64_t index, float value) const {
    if (!seat.exists) return;
    if (way == Exchange::kCluster) {
      for (int rank = seat.copy; rank < blocks; rank += seat.copies) {
        shared_of_rank(to, static_cast<unsigned>(rank))[index] = value;
      }
    } else if (seat.copy == 0) {
      to[index] = value;
    }
  }
};

}  // namespace refrain::cuda
