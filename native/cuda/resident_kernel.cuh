// The kernel that runs all steps of a recurrent layer with R on chip: resident_plan.h says how R
// lies there, resident_unit.cuh what a cell adds.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/counter.cuh"
#include "cuda/elementwise.cuh"
#include "cuda/exchange.cuh"
#include "cuda/resident_plan.h"
#include "cuda/resident_unit.cuh"
#include "cuda/resident_weights.cuh"

namespace refrain::cuda {

// What the launch is given besides its cell.
struct ResidentCall {
  Exchange way;
  int groups;
  unsigned chunks;     // parts of a group's batch, each for a team
  int group_stride;    // from a team's part to its next: so many groups, and so many parts
  unsigned chunk_stride;
  int steps;
  int batch;
  int hidden;
  int blocks;          // of a team
  int units;           // of a block, at most
  int lanes;           // that serve the same outputs
  int pieces[2];       // of a lane's weights, in each phase
  int row_floats;      // of a vector
  int rows;            // that a team owns, at most
  int staged_rows;     // whose vectors are in shared memory at a time
  int buffer_floats;   // from a vector to the one that is written meanwhile
  int weight_floats;   // in shared memory
  refrain_view r;      // [gates*H, H]
  float* exchange;     // cooperative: [teams, 2, rows, row_floats]
  unsigned* counters;  // cooperative: [teams], kCounterStride apart
};

// What a block's threads would all hold in registers, through all steps and the loading of R, lies
// at the beginning of its shared memory.
struct BlockState {
  int group;         // of the part that the team works on
  unsigned chunk;    // its number in the group
  int loaded_group;  // whose R is on chip; -1: none
  float* exchange;   // the team's
  unsigned* counter;
};
static_assert(sizeof(BlockState) <= sizeof(float) * kBlockFloats, "BlockState has room");

// What a block does: the steps of some rows of a group, and of the next.
template <class Unit, int kClass>
class Resident {
 public:
  static constexpr ResidentTraits kTraits = resident_traits(Unit::kCell, Unit::kDirection);
  static constexpr bool kForward = Unit::kDirection == Direction::kForward;
  static constexpr int kLastPhase = kTraits.phases - 1;
  static constexpr int kRows = kClassRows[kClass];  // that a group of lanes works on at once
  static constexpr int kOuts[2] = {kTraits.phase[0].outs,
                                   kTraits.phases == 2 ? kTraits.phase[1].outs : 1};
  static constexpr int kKept[2] = {register_pieces(kTraits, kClass, 0),
                                   register_pieces(kTraits, kClass, 1)};

  __device__ Resident(const Unit& cell, const ResidentCall& call) : cell_(cell), call_(call) {
    const int thread = static_cast<int>(threadIdx.x);
    first_.pieces = call.pieces[0];
    first_.lanes = call.lanes;
    second_.pieces = call.pieces[1];
    second_.lanes = call.lanes;
    if (thread == 0) {
      const unsigned team = blockIdx.x / static_cast<unsigned>(call.blocks);
      const int64_t team_rows = int64_t{2} * call.rows * team;
      block() = {static_cast<int>(team / call.chunks), team % call.chunks, -1,
                 call.exchange + team_rows * call.row_floats,
                 call.counters + int64_t{team} * kCounterStride};
    }
    // The padding of the vectors stays as it is from here on.
    for (int i = thread; i < vector_floats(); i += static_cast<int>(blockDim.x)) {
      vectors()[i] = 0.0f;
    }
    __syncthreads();
  }

  // Whether there are rows left that are the team's.
  __device__ bool has_rows() const { return block().group < call_.groups; }

  __device__ void take_next_rows() {
    __syncthreads();
    if (threadIdx.x == 0) {
      BlockState& next = block();
      next.loaded_group = next.group;
      // A division would need registers that weights have.
      next.group += call_.group_stride;
      next.chunk += call_.chunk_stride;
      if (next.chunk >= call_.chunks) {
        next.chunk -= call_.chunks;
        ++next.group;
      }
    }
    __syncthreads();
  }

  __device__ void load_weights() {
    const int group = block().group;
    if (group == block().loaded_group) return;
    take_place();
    float4* const shared_weights =
        reinterpret_cast<float4*>(vectors() + vector_floats()) + threadIdx.x;
    load_phase<0>(first_, group, shared_weights);
    if constexpr (kTraits.phases == 2) {
      constexpr int kept = kKept[0];
      const int shared = call_.pieces[0] > kept ? call_.pieces[0] - kept : 0;
      load_phase<1>(
          second_, group,
          shared_weights + shared * kTraits.phase[0].outs * static_cast<int>(blockDim.x));
    }
  }

  // All steps of the rows.
  __device__ void run() {
    take_place();
    seat_.group = block().group;
    first_row_ = static_cast<int>(block().chunk) * call_.rows;
    rows_ = call_.batch - first_row_ < call_.rows ? call_.batch - first_row_ : call_.rows;
    parity_ = 1;  // what begins is sent to the buffer that the first phase reads
    begin();
    parity_ = 0;
    meet();
    typename Unit::Loaded loaded = {};
    sit(0);
    if (seat_.exists) loaded = cell_.template load<0>(seat_, order_of(0));
    REFRAIN_NO_UNROLL
    for (int i = 0; i < call_.steps; ++i) {
      run_phase<0>(i, loaded);
      if constexpr (kTraits.phases == 2) run_phase<1>(i, loaded);
    }
  }

  // Where the blocks of the team meet.
  __device__ void meet() {
    if (call_.way == Exchange::kBlock) {
      __syncthreads();
    } else if (call_.way == Exchange::kCluster) {
      cluster_barrier();
    } else {
      cuda::meet(block().counter, static_cast<unsigned>(call_.blocks), reached_);
    }
  }

 private:
  __device__ static BlockState& block() {
    return *reinterpret_cast<BlockState*>(dynamic_shared());
  }

  // Computed anew where it is needed: kept while R is loaded, it would drive other registers out.
  __device__ void take_place() {
    const int thread = static_cast<int>(threadIdx.x);
    const int rank = static_cast<int>(blockIdx.x) % call_.blocks;
    lane_ = thread & (call_.lanes - 1);
    group_of_lanes_ = thread / call_.lanes;
    first_unit_ = rank * call_.units;
    const int local = group_of_lanes_ * kTraits.units + (kTraits.units == 1 ? 0 : lane_ & 3);
    // Four lanes are the gates of a unit or four units; four times four of them may be four rows.
    const int fours = lane_ / (4 * kRows);
    lane_row_ = kRows == 1 ? 0 : lane_ / 4 % kRows;
    seat_.out = lane_ & 3;
    seat_.copy = kTraits.units == 1 ? 4 * fours + seat_.out : fours;
    seat_.copies = call_.lanes / kRows / (kTraits.units == 1 ? 1 : 4);
    seat_.unit = first_unit_ + local;
    unit_exists_ = local < call_.units && seat_.unit < call_.hidden;
    local_ = local;
  }

  __device__ int vector_floats() const {
    return (call_.way == Exchange::kCooperative ? 1 : 2) * call_.staged_rows * call_.row_floats;
  }
  __device__ static float* vectors() { return dynamic_shared() + kBlockFloats; }
  __device__ float* states() const { return vectors() + vector_floats() + call_.weight_floats; }

  using State = UnitState<kTraits.states>;

  __device__ int order_of(int i) const { return kForward ? i : call_.steps - 1 - i; }

  template <int kPhase, class W>
  __device__ void load_phase(W& weights, int group, float4* shared) {
    constexpr ResidentPhase phase = kTraits.phase[kPhase];
    const int hidden = call_.hidden;
    const float* r = row_of(call_.r, group, phase.first_gate * hidden);
    const int length = static_cast<int>(phase.segments * hidden);
    // Four neighbours of a row of R in one access.
    const bool wide = hidden % 4 == 0 && reinterpret_cast<uintptr_t>(r) % sizeof(float4) == 0;
    const int unit = group_of_lanes_ * kTraits.units;
    const int units = static_cast<int>(smaller(call_.units, hidden - first_unit_));
    weights.load(
        lane_,
        [=](int k, float4(&piece)[phase.outs]) {
          if constexpr (kForward) {
            REFRAIN_UNROLL
            for (int out = 0; out < phase.outs; ++out) {
              const int local = kTraits.units == 1 ? unit : unit + out;
              const int64_t row = (kTraits.units == 1 ? out * hidden : 0) + first_unit_ + local;
              piece[out] = elements(r + row * hidden + k, local < units ? length - k : 0, wide);
            }
          } else {
            // Rows of R are the elements, and its columns the outputs.
            REFRAIN_UNROLL
            for (int e = 0; e < 4; ++e) {
              const float4 row = elements(r + (k + e) * hidden + first_unit_ + unit,
                                          k + e < length ? units - unit : 0,
                                          wide && first_unit_ % 4 == 0);
              (&piece[0].x)[e] = row.x;
              (&piece[1].x)[e] = row.y;
              (&piece[2].x)[e] = row.z;
              (&piece[3].x)[e] = row.w;
            }
          }
        },
        shared);
  }

  // The first four of `count` elements, with zeros behind the last.
  __device__ static float4 elements(const float* from, int count, bool wide) {
    if (wide && count >= 4) return __ldg(reinterpret_cast<const float4*>(from));
    return {count > 0 ? from[0] : 0.0f, count > 1 ? from[1] : 0.0f, count > 2 ? from[2] : 0.0f,
            count > 3 ? from[3] : 0.0f};
  }

  // Rows row .. row+kRows-1, this lane at its own.
  __device__ void sit(int row) {
    row += lane_row_;
    seat_.exists = unit_exists_ && row < rows_;
    seat_.n = first_row_ + row;
    seat_.states = states() + row * call_.units + local_;
    seat_.state_stride = call_.rows * call_.units;
  }

  __device__ State recall() const {
    State state = {};
    if (seat_.exists) {
      REFRAIN_UNROLL
      for (int i = 0; i < kTraits.states; ++i) {
        state.value[i] = seat_.states[i * seat_.state_stride];
      }
    }
    return state;
  }

  // To the vector of a row that the phase after this one reads.
  __device__ Sender sender(int row) const {
    row += lane_row_;
    const int next = parity_ ^ 1;
    float* to = call_.way == Exchange::kCooperative
                    ? block().exchange + (next * call_.rows + row) * call_.row_floats
                    : vectors() + next * call_.buffer_floats + row * call_.row_floats;
    return {call_.way, call_.blocks, to};
  }

  __device__ void begin() {
    REFRAIN_NO_UNROLL
    for (int row = 0; row < rows_; row += kRows) {
      sit(row);
      cell_.begin(seat_, sender(row));
    }
    if constexpr (!kForward) {
      __syncthreads();
      REFRAIN_NO_UNROLL
      for (int row = 0; row < rows_; row += kRows) {
        sit(row);
        const State state = recall();
        typename Unit::Loaded loaded = {};
        if (seat_.exists) loaded = cell_.template load<kLastPhase>(seat_, call_.steps);
        __syncwarp();
        cell_.template apply<kLastPhase>(seat_, call_.steps, 0.0f, loaded, state, sender(row));
      }
    }
  }

  template <int kPhase>
  __device__ void run_phase(int i, typename Unit::Loaded& loaded) {
    const int order = order_of(i);
    const bool sums = kForward || kPhase != kLastPhase || order > 0 || cell_.ends_with_product;
    REFRAIN_NO_UNROLL
    for (int first = 0; first < rows_; first += call_.staged_rows) {
      const int end = first + call_.staged_rows < rows_ ? first + call_.staged_rows : rows_;
      if (call_.way == Exchange::kCooperative) gather<kPhase>(first, end);
      const float* vector = vectors() + parity_ * call_.buffer_floats;
      REFRAIN_NO_UNROLL
      for (int row = first; row < end; row += kRows) {
        sit(row);
        const State state = recall();
        float sum = 0.0f;
        if (sums) {
          const float4* pieces = reinterpret_cast<const float4*>(vector) + lane_;
          const int row_pieces = call_.row_floats / 4;
          if constexpr (kPhase == 0) {
            sum = first_.template dot<kRows>(pieces, row_pieces, end - row);
          } else {
            sum = second_.template dot<kRows>(pieces, row_pieces, end - row);
          }
        }
        // Lanes of a unit have read its state; one of them writes it now.
        __syncwarp();
        vector += kRows * call_.row_floats;
        cell_.template apply<kPhase>(seat_, order, sum, loaded, state, sender(row));
        // On its way while this phase ends or the next row's sums are made.
        load_next<kPhase>(i, row, loaded);
      }
    }
    parity_ ^= 1;
    meet();
  }

  template <int kPhase>
  __device__ void load_next(int i, int row, typename Unit::Loaded& loaded) {
    const bool same_phase = row + kRows < rows_;
    sit(same_phase ? row + kRows : 0);
    if (!seat_.exists) return;
    if (same_phase) {
      loaded = cell_.template load<kPhase>(seat_, order_of(i));
    } else if (kPhase < kLastPhase) {
      loaded = cell_.template load<kLastPhase>(seat_, order_of(i));
    } else if (i + 1 < call_.steps) {
      loaded = cell_.template load<0>(seat_, order_of(i + 1));
    }
  }

  // Brings vectors of rows that the team has exchanged into shared memory, with their padding.
  template <int kPhase>
  __device__ void gather(int first, int end) {
    if (first > 0) __syncthreads();
    const int64_t length = kTraits.phase[kPhase].segments * call_.hidden;
    const int row_pieces = call_.pieces[kPhase] * call_.lanes;
    const float* from = block().exchange + (parity_ * call_.rows + first) * call_.row_floats;
    for (int p = static_cast<int>(threadIdx.x); p < (end - first) * row_pieces;
         p += static_cast<int>(blockDim.x)) {
      const int row = p / row_pieces;
      const int k = p % row_pieces;
      const int at = row * call_.row_floats / 4 + k;
      float4 v = {0.0f, 0.0f, 0.0f, 0.0f};
      if (4 * k < length) {
        v = __ldcg(reinterpret_cast<const float4*>(from) + at);
        if (4 * k + 1 >= length) v.y = 0.0f;
        if (4 * k + 2 >= length) v.z = 0.0f;
        if (4 * k + 3 >= length) v.w = 0.0f;
      }
      reinterpret_cast<float4*>(vectors())[at] = v;
    }
    __syncthreads();
  }

  const Unit& cell_;
  const ResidentCall& call_;
  Seat seat_;
  int lane_;
  int group_of_lanes_;
  int first_unit_;
  int local_;
  int lane_row_;
  bool unit_exists_;
  int first_row_ = 0;
  int rows_ = 0;
  int parity_ = 0;
  unsigned reached_ = 0;
  Weights<kOuts[0], kKept[0]> first_;
  Weights<kOuts[1], kKept[1]> second_;  // unused where there is one phase
};

template <class Unit, int kClass>
__global__ void __launch_bounds__(kClassThreads[kClass]) resident_kernel(Unit cell,
                                                                         ResidentCall call) {
  Resident<Unit, kClass> resident(cell, call);
  // A block of the team must not write where another one is still clearing.
  resident.meet();
  for (; resident.has_rows(); resident.take_next_rows()) {
    resident.load_weights();
    resident.run();
  }
}

}  // namespace refrain::cuda
