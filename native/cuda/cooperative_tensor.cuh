// The variant cooperative in TF32 and BF16: one launch runs all steps, R stays in the shared memory
// of a team of blocks, rounded and laid out as fragments for tensor cores.
//
// Forward each block owns units of the layer, with the columns of all their gates: it multiplies
// the states of all units with them, computes its units' states and passes them on. Backward the
// gates are sections of the sum: a block holds one gate's rows of R for the columns of as many
// units as there are sections times its own; the blocks of a column add their sums through memory,
// and each computes its own units. What is passed on goes through exchange buffers, already
// rounded; teams meet at a counter once a step (reset-before twice), the blocks of a column at
// another one.
//
// Elements are computed in float32 by the code of the other variants. Sums are taken in slices of k
// whose number depends on the batch alone, in a fixed order: neither the number of multiprocessors
// nor of groups changes the bits.
#pragma once

#include <cstdint>
#include <string>

#include "cuda/cell.cuh"
#include "cuda/lstm.cuh"
#include "cuda/recurrence.h"
#include "cuda/steps.cuh"

namespace refrain::cuda {

// Why it does not run a layer: a sentence, or nothing if it does.
std::string cooperative_tensor_declines(const Engine& engine, const Recurrence& recurrence);

// How the work is divided; a function of the layer, the device and the precision.
struct TeamPlan {
  int64_t groups;
  int64_t batch;
  int64_t hidden;
  int gates;
  int sections;        // of a sum over k: 1 forward, the gates backward
  int units;           // that a block owns: a multiple of 8
  int column_blocks;   // sections * units * column_blocks >= hidden
  int teams;
  int64_t slab_rows;   // of the batch: what a team works on at a time
  int slabs;           // of a group
  int group_stride;    // from a team's slab to its next: so many groups, and so many slabs
  int slab_stride;
  int spans;           // of 16 words, of the padded units of a section
  int tiles;           // fragments of columns that a block multiplies with
  int slices;          // of a section's spans: warps that share a row's sum
  int64_t row_words;   // of a row of an exchange buffer

  __host__ __device__ int team_blocks() const { return sections * column_blocks; }
  __host__ __device__ int64_t columns() const {
    return int64_t{sections} * units * column_blocks;
  }
  int64_t shared_bytes() const;
  // What the buffers and counters of a launch take of the scratch memory.
  int64_t exchange_words() const { return 2 * groups * batch * row_words; }
  int64_t sum_floats() const { return sections == 1 ? 0 : sections * groups * batch * columns(); }
  __host__ __device__ int64_t counters() const {
    return int64_t{teams} * (1 + column_blocks);
  }
  int64_t scratch_floats() const;
};

TeamPlan plan_team(const Engine& engine, const Recurrence& recurrence, Direction direction);

// Floats of scratch memory, for a layer that a variant was chosen for: 0 where the launch is not of
// this kind.
int64_t team_scratch(const Engine& engine, Variant variant, const Recurrence& recurrence,
                     Direction direction);
bool runs_by_team(const Engine& engine, Variant variant);

// A launch: the layer's shape and R, and the scratch memory.
struct TeamCall {
  const CellCall& call;
  const Recurrence& recurrence;
  int64_t scratch_offset;
};

// The arrays of a layer, as its other variants have them.
struct RnnTeamForward {
  static constexpr int kGates = 1;
  Steps steps;
  int64_t hidden;
  int32_t activation;
  refrain_view hx;
  refrain_view a;
  refrain_view h;
  refrain_view y;
};

struct RnnTeamBackward {
  static constexpr int kGates = 1;
  Steps steps;
  int64_t hidden;
  int32_t activation;
  bool wants_dhx;
  refrain_view h;
  refrain_view dy;
  refrain_view dh;
  refrain_view da;
};

struct LstmTeamForward {
  static constexpr int kGates = lstm::kGates;
  Steps steps;
  int64_t hidden;
  LstmRule rule;
  refrain_view hx;
  refrain_view cx;
  refrain_view a;
  refrain_view c;
  refrain_view h;
  refrain_view y;
};

struct LstmTeamBackward {
  static constexpr int kGates = lstm::kGates;
  Steps steps;
  int64_t hidden;
  LstmRule rule;
  bool wants_dhx;
  refrain_view gates;
  refrain_view cx;
  refrain_view c;
  refrain_view dy;
  refrain_view dh;
  refrain_view dc;
  refrain_view da;
};

struct GruTeamForward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  refrain_view b_rn;
  refrain_view hx;
  refrain_view a;
  refrain_view h;
  refrain_view y;
  refrain_view recurrent;  // reset-after alone
};

struct GruTeamBackward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  bool wants_dhx;
  refrain_view hx;
  refrain_view gates;
  refrain_view h;
  refrain_view recurrent;  // reset-after alone
  refrain_view dy;
  refrain_view dh;
  refrain_view da;
  refrain_view reset;  // reset-before alone
};

void run_team(const char* name, const TeamCall& call, const RnnTeamForward& layer);
void run_team(const char* name, const TeamCall& call, const RnnTeamBackward& layer);
void run_team(const char* name, const TeamCall& call, const LstmTeamForward& layer);
void run_team(const char* name, const TeamCall& call, const LstmTeamBackward& layer);
void run_team(const char* name, const TeamCall& call, const GruTeamForward& layer);
void run_team(const char* name, const TeamCall& call, const GruTeamBackward& layer);

}  // namespace refrain::cuda
