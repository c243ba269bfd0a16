// How a recurrent layer is laid over blocks that keep R on chip through all steps: the plan of the
// variants block, cluster and, in FP32, cooperative (resident_kernel.cuh).
//
// A team of blocks owns rows of a group's batch. Each of its blocks owns some of the H units and
// keeps their part of R; the vector that all units read (forward the state h, backward the
// gradients da) is exchanged between steps. Within a block `lanes` neighbouring threads serve four
// outputs, e.g. the four gates of an LSTM's unit: lane s holds the weights of elements 4*(s +
// lanes*i) .. +3 of the vector, i = 0, 1, ..., the first pieces in registers, the others in shared
// memory.
//
// The order of an output's sum depends on `lanes` alone, so its bits know neither the number of
// groups nor how rows and units are spread over blocks.
#pragma once

#include <cstdint>
#include <string>

#include "cuda/engine.h"
#include "cuda/recurrence.h"

namespace refrain::cuda {

// Forward multiplies with the transpose of R:
// result[n, i] += sum over k of rows[n, k] R[first + i, k].
// Backward with R: result[n, k] += sum over i of rows[n, i] R[first + i, k].
enum class Direction { kForward, kBackward };

// A phase ends with an exchange. Its vector has `segments` times H elements, and meets the rows of
// R from gate `first_gate` on.
struct ResidentPhase {
  int outs;  // of a group of lanes
  int first_gate;
  int segments;
};

struct ResidentTraits {
  Direction direction;
  int phases;  // of a step
  int units;   // of a group of lanes: 1 with a lane for each gate, or 4
  int states;  // floats that a unit keeps for each row
  ResidentPhase phase[2];
};

constexpr ResidentTraits resident_traits(Cell cell, Direction direction) {
  const bool forward = direction == Direction::kForward;
  switch (cell) {
    case Cell::kRnn:
      return {direction, 1, 4, 1, {{4, 0, 1}, {}}};
    case Cell::kLstm:
      return forward ? ResidentTraits{direction, 1, 1, 2, {{4, 0, 1}, {}}}
                     : ResidentTraits{direction, 1, 4, 2, {{4, 0, 4}, {}}};
    case Cell::kGruResetAfter:
      return forward ? ResidentTraits{direction, 1, 1, 1, {{3, 0, 1}, {}}}
                     : ResidentTraits{direction, 1, 4, 1, {{4, 0, 3}, {}}};
    default:
      // Forward the gates r and z, then the candidate; backward the candidate first.
      return forward ? ResidentTraits{direction, 2, 1, 2, {{2, 0, 1}, {1, 2, 1}}}
                     : ResidentTraits{direction, 2, 4, 2, {{4, 2, 1}, {4, 0, 2}}};
  }
}

// Classes of kernels by their number of threads, which bounds the registers of each: a quarter of a
// multiprocessor has 16384 of them for its share of the warps, 128 a thread for 512 threads and 64
// for 1024. In the last class a group of lanes works on four rows at once: a weight is read once
// for all of them, and each four lanes do one row's elements. What weights may take of the
// registers was found by compiling: more spills. Counted, not yet measured on a device.
constexpr int kThreadClasses = 3;
constexpr int kClassThreads[kThreadClasses] = {512, 1024, 512};
constexpr int kClassWeights[kThreadClasses] = {80, 16, 64};
constexpr int kClassRows[kThreadClasses] = {1, 1, 4};

// Pieces of a phase's weights in registers: four floats for each output. A single gate's R has few
// pieces.
constexpr int register_pieces(const ResidentTraits& traits, int thread_class, int phase) {
  int floats = 0;  // for a share of one piece of each segment
  for (int p = 0; p < traits.phases; ++p) {
    floats += 4 * traits.phase[p].outs * (traits.phases == 1 ? 1 : traits.phase[p].segments);
  }
  if (phase >= traits.phases) return 1;
  const bool single_gate = traits.phases == 1 && traits.units == 4 && traits.phase[0].segments == 1;
  const int weights = kClassWeights[thread_class];
  const int shares = (single_gate && weights > 64 ? 64 : weights) / floats;
  const int pieces = shares * (traits.phases == 1 ? 1 : traits.phase[phase].segments);
  return pieces < 1 ? 1 : pieces;
}

// Of a block's shared memory: what its threads know together.
constexpr int kBlockFloats = 8;

struct ResidentPlan {
  std::string declines;  // why there is none; empty: there is one
  int thread_class = 0;
  int lanes = 0;
  int blocks = 0;   // of a team
  int units = 0;    // of a block, at most
  int threads = 0;  // of a block
  int pieces[2] = {};
  int row_floats = 0;            // of a vector with its padding
  int64_t weight_floats = 0;     // of R in a block's shared memory
  int64_t state_floats = 0;      // of a row
  int64_t available_floats = 0;  // of a block's shared memory beside those kBlockFloats

  // How often a block holds the vectors of a row: twice, to write one while the other is read, but
  // where they are read from global memory.
  int buffers(Variant variant) const { return variant == Variant::kCooperative ? 1 : 2; }
  // Rows of the batch that a team can own.
  int64_t most_rows(Variant variant) const;
  // Rows whose vectors are in shared memory at a time, of `rows` owned.
  int64_t staged_rows(Variant variant, int64_t rows) const;
  int64_t shared_bytes(Variant variant, int64_t rows) const;
};

constexpr char kNoCooperativeLaunches[] =
    "the device has no cooperative launches, in which all blocks run at once";

// By a variant that is block, cluster or cooperative.
ResidentPlan plan_resident(const Engine& engine, const Recurrence& recurrence, Direction direction,
                           Variant variant);

// Why these variants do not run a layer, forward or backward; empty: they do.
std::string block_declines(const Engine& engine, const Recurrence& recurrence);
std::string cluster_declines(const Engine& engine, const Recurrence& recurrence);
std::string cooperative_resident_declines(const Engine& engine, const Recurrence& recurrence);

}  // namespace refrain::cuda
