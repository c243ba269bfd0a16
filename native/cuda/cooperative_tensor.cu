#include "cuda/cooperative_tensor.cuh"

#include "cuda/counter.cuh"
#include "cuda/resident_plan.h"
#include "cuda/team.cuh"
#include "refrain/context.h"

namespace refrain::cuda {
namespace {

int elements_of_word(const Engine& engine) {
  return engine.precision() == REFRAIN_BF16 ? Bf16::kElementsOfWord : Tf32::kElementsOfWord;
}

// Warps beside those of one fragment of rows share its sum.
int slices_of(int64_t batch) {
  if (batch <= kMmaRows) return kTeamWarps;
  return batch <= 2 * kMmaRows ? kTeamWarps / 2 : kTeamWarps / 4;
}

// Fragments of rows that a team works on when all groups are spread over the teams.
int64_t slab_tiles(int64_t groups, int64_t batch, int64_t teams) {
  const int64_t tiles = divide_up(batch, kMmaRows);
  return divide_up(tiles, smaller(tiles, larger(1, teams / groups)));
}

}  // namespace

int64_t TeamPlan::shared_bytes() const {
  return int64_t{spans} * tiles * kWarpLanes * static_cast<int64_t>(sizeof(Chunk)) +
         int64_t{kTeamWarps} * kMmaRows * sum_stride(tiles) * static_cast<int64_t>(sizeof(float));
}

int64_t TeamPlan::scratch_floats() const {
  ScratchLayout layout;
  layout.take(exchange_words());
  layout.take(sum_floats());
  layout.take(counters() * kCounterStride);
  return layout.size();
}

TeamPlan plan_team(const Engine& engine, const Recurrence& recurrence, Direction direction) {
  const refrain_cell_shape& shape = recurrence.shape;
  TeamPlan plan = {};
  plan.groups = shape.groups;
  plan.batch = shape.batch;
  plan.hidden = shape.hidden;
  plan.gates = recurrence.gates;
  plan.sections = direction == Direction::kForward ? 1 : recurrence.gates;
  const auto blocks = static_cast<int>(engine.meetings().cooperative_blocks());
  const int64_t most_columns = larger(1, blocks / plan.sections);
  // The fewest units that let the blocks share all of them.
  const int64_t granules = divide_up(shape.hidden, int64_t{kMmaColumns} * plan.sections);
  plan.units = static_cast<int>(kMmaColumns * divide_up(granules, most_columns));
  plan.column_blocks =
      static_cast<int>(divide_up(shape.hidden, int64_t{plan.units} * plan.sections));
  plan.teams = blocks / plan.team_blocks();
  const int64_t tiles = slab_tiles(shape.groups, shape.batch, larger(1, plan.teams));
  plan.slab_rows = tiles * kMmaRows;
  plan.slabs = static_cast<int>(divide_up(shape.batch, plan.slab_rows));
  plan.teams = static_cast<int>(smaller(plan.teams, int64_t{plan.slabs} * shape.groups));
  plan.group_stride = plan.teams / plan.slabs;
  plan.slab_stride = plan.teams % plan.slabs;
  plan.spans =
      static_cast<int>(divide_up(shape.hidden, int64_t{kSpanWords} * elements_of_word(engine)));
  plan.tiles = plan.gates * plan.units / kMmaColumns;
  plan.slices = slices_of(shape.batch);
  plan.row_words = int64_t{plan.sections} * plan.spans * kSpanWords;
  return plan;
}

std::string cooperative_tensor_declines(const Engine& engine, const Recurrence& recurrence) {
  if (recurrence.projects) return "it passes on the state of every unit; this layer projects it";
  if (engine.meetings().cooperative_blocks() == 0) return kNoCooperativeLaunches;
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const TeamPlan plan = plan_team(engine, recurrence, direction);
    if (plan.teams < 1) {
      return "the gates' sums take " + std::to_string(plan.team_blocks()) +
             " blocks together; the device runs " +
             std::to_string(engine.meetings().cooperative_blocks()) + " at once";
    }
    if (plan.tiles > kMostTiles) {
      return "a block would own " + std::to_string(plan.gates * plan.units) +
             " columns of R; the most is " + std::to_string(kMostTiles * kMmaColumns);
    }
    if (plan.shared_bytes() > engine.shared_bytes()) {
      return "a block's part of R and its sums take " + std::to_string(plan.shared_bytes()) +
             " bytes of shared memory here; the device gives a block " +
             std::to_string(engine.shared_bytes());
    }
  }
  return "";
}

bool runs_by_team(const Engine& engine, Variant variant) {
  return variant == Variant::kCooperative && engine.precision() != REFRAIN_FP32;
}

int64_t team_scratch(const Engine& engine, Variant variant, const Recurrence& recurrence,
                     Direction direction) {
  if (!runs_by_team(engine, variant)) return 0;
  return plan_team(engine, recurrence, direction).scratch_floats();
}

}  // namespace refrain::cuda
