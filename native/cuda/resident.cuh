// The kernel that runs all steps of a recurrent layer with R on chip (resident_plan.h says how R
// lies there). A cell says what a unit does with its sums:
//
//   struct Cell {
//     static constexpr refrain::cuda::Cell kCell;
//     static constexpr Direction kDirection;
//     struct Loaded;             what a phase of a row needs of global memory, fetched ahead
//     bool ends_with_product;    backward: whether the gradient of the initial state is wanted
//     template <int kPhase> Loaded load(const Seat&, int order) const;
//     void begin(const Seat&) const;  forward sends the initial state, both fill the unit's states
//     template <int kPhase> void apply(const Seat&, int order, float sum, const Loaded&,
//                                      const State& state, Sender&) const;
//   };
//
// Forward applies to step `order` the sums over the state before it. Backward sums the gradient of
// the state before step `order` and applies it to step order-1; with order = T there is no sum yet,
// with order = 0 no step is left.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/cell.cuh"
#include "cuda/check.cuh"
#include "cuda/counter.cuh"
#include "cuda/exchange.cuh"
#include "cuda/recurrence.h"
#include "cuda/resident_plan.h"
#include "refrain/context.h"

namespace refrain::cuda {

constexpr unsigned kAllLanes = 0xffffffffu;

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

__device__ __forceinline__ void add_products(const float4& weight, const float4& vector,
                                             float& sum) {
  sum = fmaf(weight.x, vector.x, sum);
  sum = fmaf(weight.y, vector.y, sum);
  sum = fmaf(weight.z, vector.z, sum);
  sum = fmaf(weight.w, vector.w, sum);
}

// The sums over the `lanes` lanes of a group: of output (lane mod 4) to each lane where there are 3
// or 4, of output (lane mod 2) where there are 2; of four rows that of row (lane / 4 mod 4). Each
// is a fixed tree, pairs of lanes, pairs of pairs, and so on, whatever shares it.
template <int kOuts>
__device__ __forceinline__ float sum_over_four_lanes(const float (&sums)[kOuts]) {
  const int lane = static_cast<int>(threadIdx.x);
  float sum = sums[0];
  if constexpr (kOuts == 1) {
    sum += __shfl_xor_sync(kAllLanes, sum, 1);
    sum += __shfl_xor_sync(kAllLanes, sum, 2);
  } else {
    const bool odd = (lane & 1) != 0;
    const float first = odd ? sums[1] : sums[0];
    const float first_given = odd ? sums[0] : sums[1];
    sum = first + __shfl_xor_sync(kAllLanes, first_given, 1);
    if constexpr (kOuts == 2) {
      sum += __shfl_xor_sync(kAllLanes, sum, 2);
    } else {
      const float last = kOuts == 4 ? sums[kOuts - 1] : 0.0f;
      const float second = odd ? last : sums[2];
      const float second_given = odd ? sums[2] : last;
      const float other = second + __shfl_xor_sync(kAllLanes, second_given, 1);
      const bool upper = (lane & 2) != 0;
      sum = (upper ? other : sum) + __shfl_xor_sync(kAllLanes, upper ? sum : other, 2);
    }
  }
  return sum;
}

template <int kOuts, int kRows>
__device__ __forceinline__ float sum_over_lanes(const float (&sums)[kRows][kOuts], int lanes) {
  float sum = sum_over_four_lanes(sums[0]);
  int distance = 4;
  if constexpr (kRows == 4) {
    const int lane = static_cast<int>(threadIdx.x);
    const bool odd = (lane & 4) != 0;
    const bool upper = (lane & 8) != 0;
    const float second = sum_over_four_lanes(sums[1]);
    const float third = sum_over_four_lanes(sums[2]);
    const float fourth = sum_over_four_lanes(sums[3]);
    const float low = (odd ? second : sum) + __shfl_xor_sync(kAllLanes, odd ? sum : second, 4);
    const float high = (odd ? fourth : third) + __shfl_xor_sync(kAllLanes, odd ? third : fourth, 4);
    sum = (upper ? high : low) + __shfl_xor_sync(kAllLanes, upper ? low : high, 8);
    distance = 16;
  }
  for (; distance < lanes; distance *= 2) sum += __shfl_xor_sync(kAllLanes, sum, distance);
  return sum;
}

// A lane's weights in one phase.
template <int kOuts, int kKept>
struct Weights {
  float4 kept[kKept][kOuts] = {};
  // In shared memory, those of this lane: [piece][out] at a block's distance.
  const float4* others = nullptr;
  int pieces = 0;
  int lanes = 0;

  // piece(k, weights) sets those of elements k .. k+3 for all outputs.
  template <class Piece>
  __device__ void load(int lane, const Piece& piece, float4* shared) {
    others = shared;
    REFRAIN_UNROLL
    for (int i = 0; i < kKept; ++i) {
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) kept[i][out] = {0.0f, 0.0f, 0.0f, 0.0f};
      if (i < pieces) piece(4 * (lane + lanes * i), kept[i]);
    }
    REFRAIN_NO_UNROLL
    for (int i = kKept; i < pieces; ++i) {
      float4 weights[kOuts];
      piece(4 * (lane + lanes * i), weights);
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) {
        shared[((i - kKept) * kOuts + out) * static_cast<int>(blockDim.x)] = weights[out];
      }
    }
  }

  // The sum for this lane, of kRows rows at once: the first `rows` of them exist. `vector` begins
  // with this lane's first piece of the first row's.
  template <int kRows>
  __device__ float dot(const float4* vector, int row_pieces, int rows) const {
    float sums[kRows][kOuts] = {};
    int offset[kRows];
    REFRAIN_UNROLL
    for (int row = 0; row < kRows; ++row) offset[row] = row < rows ? row * row_pieces : 0;
    REFRAIN_UNROLL
    for (int i = 0; i < kKept; ++i) {
      if (i >= pieces) break;
      REFRAIN_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const float4 v = vector[lanes * i + offset[row]];
        REFRAIN_UNROLL
        for (int out = 0; out < kOuts; ++out) add_products(kept[i][out], v, sums[row][out]);
      }
    }
    const float4* weight = others;
    REFRAIN_NO_UNROLL
    for (int i = kKept; i < pieces; ++i) {
      float4 weights[kOuts];
      REFRAIN_UNROLL
      for (int out = 0; out < kOuts; ++out) {
        weights[out] = *weight;
        weight += blockDim.x;
      }
      REFRAIN_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const float4 v = vector[lanes * i + offset[row]];
        REFRAIN_UNROLL
        for (int out = 0; out < kOuts; ++out) add_products(weights[out], v, sums[row][out]);
      }
    }
    return sum_over_lanes<kOuts, kRows>(sums, lanes);
  }
};

// What a block's threads would all hold in registers, through all steps and the loading of R, lies at
// the beginning of its shared memory.
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

// A layer's way through its steps by one of the variants that keep R on chip.
template <class Unit>
class ResidentSteps {
 public:
  // Takes what scratch memory it needs.
  ResidentSteps(CellCall& call, const Recurrence& recurrence, Variant variant)
      : call_(call),
        variant_(variant),
        plan_(plan_if_resident(call.engine, recurrence, variant)) {
    if (plan_.blocks == 0 || call.engine.status() != REFRAIN_OK) return;
    choose_rows();
    if (variant_ != Variant::kCooperative) return;
    exchange_ = call.layout.take(teams_ * 2 * rows_ * plan_.row_floats);
    counters_ = call.layout.take(teams_ * kCounterStride);
  }

  // Whether the variant is one of these.
  bool planned() const { return plan_.blocks > 0; }

  void run(const char* name, const Unit& cell) const {
    Engine& engine = call_.engine;
    if (engine.status() != REFRAIN_OK) return;
    ResidentCall r = {};
    r.way = variant_ == Variant::kBlock
                 ? Exchange::kBlock
                 : (variant_ == Variant::kCluster ? Exchange::kCluster : Exchange::kCooperative);
    r.groups = static_cast<int>(call_.groups);
    r.chunks = static_cast<unsigned>(divide_up(call_.batch, rows_));
    r.group_stride = static_cast<int>(teams_ / r.chunks);
    r.chunk_stride = static_cast<unsigned>(teams_ % r.chunks);
    r.steps = static_cast<int>(call_.steps.count);
    r.batch = static_cast<int>(call_.batch);
    r.hidden = static_cast<int>(call_.hidden);
    r.blocks = plan_.blocks;
    r.units = plan_.units;
    r.lanes = plan_.lanes;
    r.pieces[0] = plan_.pieces[0];
    r.pieces[1] = plan_.pieces[1];
    r.row_floats = plan_.row_floats;
    r.rows = static_cast<int>(rows_);
    r.staged_rows = static_cast<int>(plan_.staged_rows(variant_, rows_));
    r.buffer_floats = plan_.buffers(variant_) == 1 ? 0 : r.staged_rows * r.row_floats;
    r.weight_floats = static_cast<int>(plan_.weight_floats);
    r.r = call_.parameter(call_.parameters.r, call_.hidden);
    Meeting meeting = variant_ == Variant::kCluster ? Meeting::kCluster : Meeting::kNever;
    if (variant_ == Variant::kCooperative) {
      meeting = Meeting::kGrid;
      r.exchange = call_.scratch(exchange_, 1, 1).data;
      r.counters = reinterpret_cast<unsigned*>(call_.scratch(counters_, 1, 1).data);
      engine.clear(name, r.counters,
                   teams_ * kCounterStride * static_cast<int64_t>(sizeof(unsigned)));
    }
    engine.launch_meeting(meeting, static_cast<unsigned>(plan_.blocks), name, kernel(),
                          dim3(static_cast<unsigned>(teams_ * plan_.blocks)),
                          dim3(static_cast<unsigned>(plan_.threads)),
                          static_cast<size_t>(plan_.shared_bytes(variant_, rows_)), cell, r);
  }

 private:
  // Without blocks by the other variants.
  static ResidentPlan plan_if_resident(const Engine& engine, const Recurrence& recurrence,
                                       Variant variant) {
    const bool resident = variant == Variant::kBlock || variant == Variant::kCluster ||
                          (variant == Variant::kCooperative && engine.precision() == REFRAIN_FP32);
    return resident ? plan_resident(engine, recurrence, Unit::kDirection, variant)
                    : ResidentPlan{};
  }

  using Kernel = void (*)(Unit, ResidentCall);

  Kernel kernel() const {
    constexpr Kernel kernels[kThreadClasses] = {resident_kernel<Unit, 0>, resident_kernel<Unit, 1>,
                                                resident_kernel<Unit, 2>};
    return kernels[plan_.thread_class];
  }

  // Teams that the device holds at once.
  int64_t teams_that_fit(int64_t rows) const {
    Engine& engine = call_.engine;
    const auto shared_bytes = static_cast<size_t>(plan_.shared_bytes(variant_, rows));
    const int64_t teams =
        variant_ == Variant::kCluster
            ? engine.resident_clusters(kernel(), plan_.threads, shared_bytes, plan_.blocks)
            : engine.resident_blocks(kernel(), plan_.threads, shared_bytes) / plan_.blocks;
    return larger(1, teams);
  }

  // As few rows a team as let all teams work at once.
  void choose_rows() {
    const int64_t most = smaller(call_.batch, plan_.most_rows(variant_));
    const int64_t teams_of_group = larger(1, teams_that_fit(1) / call_.groups);
    rows_ = smaller(most, divide_up(call_.batch, teams_of_group));
    teams_ = smaller(call_.groups * divide_up(call_.batch, rows_), teams_that_fit(rows_));
  }

  const CellCall& call_;
  const Variant variant_;
  const ResidentPlan plan_;
  int64_t rows_ = 0;
  int64_t teams_ = 0;
  int64_t exchange_ = 0;
  int64_t counters_ = 0;
};

}  // namespace refrain::cuda
