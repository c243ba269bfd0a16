#include "cuda/resident_plan.h"

#include <algorithm>
#include <cstdint>

namespace refrain::cuda {
namespace {

constexpr int kWarp = 32;
constexpr int kFewestLanes = 4;

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// What stands for the arithmetic of the gates and its addresses, in instructions of a warp.
constexpr int64_t kElementInstructions = 150;

// Cycles that the blocks of a team take to meet once: a barrier of the block, one of the cluster,
// two ways through the second level of the cache.
int64_t meeting_cycles(Variant variant) {
  return variant == Variant::kBlock ? 50 : (variant == Variant::kCluster ? 400 : 2000);
}

// Rows of the batch that a team owns when one group is spread over the device. The groups are left
// out: a group's bits must not depend on their number.
int64_t rows_of_team(const Engine& engine, const Recurrence& recurrence, Variant variant,
                     int64_t blocks) {
  const int64_t fit = variant == Variant::kCluster ? engine.meetings().clusters(blocks)
                                                   : engine.multiprocessors() / blocks;
  const int64_t teams = std::max<int64_t>(1, fit);
  return up(recurrence.shape.batch, teams);
}

// Cycles of a step, counted: four schedulers issue an instruction a cycle each, if each has two
// warps to hide what one waits for; shared memory serves 128 bytes a cycle, the second level of the
// cache 24 to each multiprocessor when all ask. Not yet measured on a device.
int64_t cycles(const ResidentPlan& plan, const ResidentTraits& traits, Variant variant,
               int64_t rows) {
  const int64_t warps = std::max<int64_t>(8, up(plan.threads / kWarp, 4) * 4);
  const int64_t together = kClassRows[plan.thread_class];
  const int64_t rounds = up(rows, together);
  const int64_t vector_reads = up(16 * plan.lanes, 128);  // cycles of a warp's
  int64_t sum = 0;
  for (int p = 0; p < traits.phases; ++p) {
    const int64_t pieces = plan.pieces[p];
    const int64_t outs = traits.phase[p].outs;
    const int64_t shared =
        std::max<int64_t>(0, pieces - register_pieces(traits, plan.thread_class, p));
    sum += rounds * warps * (together * pieces * (outs + vector_reads) + 4 * shared * outs +
                             kElementInstructions / 4);
    sum += meeting_cycles(variant);
    if (variant == Variant::kCooperative) sum += rows * pieces * plan.lanes * 16 / 24;
  }
  return sum;
}

// The plan with so many blocks, lanes and threads; false if it does not fit. `needed` is then the
// shared memory that it would take, or 0 where it has too many threads.
bool plan_with(ResidentPlan* plan, const ResidentTraits& traits, const Recurrence& recurrence,
               Variant variant, int64_t* needed) {
  const int64_t hidden = recurrence.shape.hidden;
  const int64_t groups_of_lanes = up(plan->units, traits.units);
  const int64_t threads = up(groups_of_lanes * plan->lanes, kWarp) * kWarp;
  *needed = 0;
  if (threads > kClassThreads[plan->thread_class]) return false;
  if (plan->lanes < 4 * kClassRows[plan->thread_class]) return false;
  plan->threads = static_cast<int>(threads);
  plan->weight_floats = 0;
  int64_t row_floats = 0;
  for (int p = 0; p < traits.phases; ++p) {
    const int64_t pieces = up(traits.phase[p].segments * hidden, int64_t{4} * plan->lanes);
    const int64_t shared = pieces - register_pieces(traits, plan->thread_class, p);
    plan->pieces[p] = static_cast<int>(pieces);
    plan->weight_floats += std::max<int64_t>(0, shared) * 4 * traits.phase[p].outs * threads;
    row_floats = std::max(row_floats, pieces * 4 * plan->lanes);
  }
  plan->row_floats = static_cast<int>(row_floats);
  plan->state_floats = int64_t{traits.states} * plan->units;
  *needed = plan->shared_bytes(variant, 1);
  return plan->most_rows(variant) >= 1;
}

// The best plan of those for a number of blocks and of `best`, whose cycles are `fewest`; `least`
// becomes the least shared memory that one would take.
void improve(ResidentPlan* best, int64_t* fewest, const Engine& engine, int64_t blocks,
             const ResidentTraits& traits, const Recurrence& recurrence, Variant variant,
             int64_t* least) {
  const int64_t rows = rows_of_team(engine, recurrence, variant, blocks);
  for (int thread_class = 0; thread_class < kThreadClasses; ++thread_class) {
    for (int lanes = kFewestLanes; lanes <= kWarp; lanes *= 2) {
      ResidentPlan plan;
      plan.available_floats = engine.shared_bytes() / 4 - kBlockFloats;
      plan.thread_class = thread_class;
      plan.lanes = lanes;
      plan.blocks = static_cast<int>(blocks);
      plan.units = static_cast<int>(up(recurrence.shape.hidden, blocks));
      int64_t needed = 0;
      const bool fits = plan_with(&plan, traits, recurrence, variant, &needed);
      if (needed > 0) *least = *least == 0 ? needed : std::min(*least, needed);
      if (!fits) continue;
      const int64_t taken = cycles(plan, traits, variant, rows);
      if (best->blocks > 0 && *fewest <= taken) continue;
      *best = plan;
      *fewest = taken;
    }
  }
}

std::string too_large(const Engine& engine, const std::string& owner, int64_t least,
                      int64_t units) {
  if (least == 0) {
    return owner + " has too few threads for " + std::to_string(units) + " units";
  }
  return owner + " keeps its part of R in registers and shared memory, which takes " +
         std::to_string(least) + " bytes of the latter here; the device gives a block " +
         std::to_string(engine.shared_bytes());
}

ResidentPlan declined(const std::string& reason) {
  ResidentPlan plan;
  plan.declines = reason;
  return plan;
}

std::string declines(const Engine& engine, const Recurrence& recurrence, Variant variant) {
  if (recurrence.projects) return "it does not project the state";
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const ResidentPlan plan = plan_resident(engine, recurrence, direction, variant);
    if (!plan.declines.empty()) return plan.declines;
  }
  return "";
}

}  // namespace

int64_t ResidentPlan::most_rows(Variant variant) const {
  const int64_t free = available_floats - weight_floats;
  if (variant == Variant::kCooperative) return (free - row_floats) / state_floats;
  return free / (2 * row_floats + state_floats);
}

int64_t ResidentPlan::staged_rows(Variant variant, int64_t rows) const {
  if (variant != Variant::kCooperative) return rows;
  const int64_t free = available_floats - weight_floats - rows * state_floats;
  return std::min<int64_t>(rows, free / row_floats);
}

int64_t ResidentPlan::shared_bytes(Variant variant, int64_t rows) const {
  const int64_t staged = variant == Variant::kCooperative
                             ? std::max<int64_t>(1, staged_rows(variant, rows))
                             : rows;
  return 4 * (kBlockFloats + weight_floats + buffers(variant) * staged * row_floats +
              rows * state_floats);
}

ResidentPlan plan_resident(const Engine& engine, const Recurrence& recurrence, Direction direction,
                           Variant variant) {
  const ResidentTraits traits = resident_traits(recurrence.cell, direction);
  const int64_t hidden = recurrence.shape.hidden;
  if (recurrence.shape.steps * int64_t{recurrence.shape.batch} > UINT32_MAX) {
    return declined("it counts rows in 32 bits, and steps times batch are more");
  }
  int64_t first = 1;
  int64_t last = 1;
  if (variant == Variant::kCluster) {
    if (engine.capability() < 90) {
      return declined("the device has no clusters: its compute capability is " +
                      std::to_string(engine.capability() / 10) + "." +
                      std::to_string(engine.capability() % 10) + ", they came with 9.0");
    }
    first = 2;
    last = Meetings::kMostClusterBlocks;
    while (last > 1 && engine.meetings().clusters(last) == 0) last /= 2;
    if (last < first) return declined("the device has no room for a cluster of two blocks");
  } else if (variant == Variant::kCooperative) {
    first = 2;
    last = engine.meetings().cooperative_blocks();
    if (last == 0) return declined(kNoCooperativeLaunches);
    if (last < first) return declined("the device has a single multiprocessor");
  }
  ResidentPlan best;
  int64_t fewest = 0;
  int64_t least = 0;
  for (int64_t blocks = first; blocks <= last; ++blocks) {
    if (variant == Variant::kCluster && engine.meetings().clusters(blocks) == 0) continue;
    // Fewer blocks would have as few units each.
    const bool spares = blocks > first && blocks > up(hidden, up(hidden, blocks));
    if (variant == Variant::kCooperative && spares) continue;
    least = 0;
    improve(&best, &fewest, engine, blocks, traits, recurrence, variant, &least);
  }
  if (best.blocks > 0) return best;
  const std::string owner =
      last == 1 ? "a block"
                : "each of " + std::to_string(last) +
                      (variant == Variant::kCluster ? " blocks of a cluster" : " blocks");
  return declined(too_large(engine, owner, least, up(hidden, last)));
}

std::string block_declines(const Engine& engine, const Recurrence& recurrence) {
  return declines(engine, recurrence, Variant::kBlock);
}

std::string cluster_declines(const Engine& engine, const Recurrence& recurrence) {
  return declines(engine, recurrence, Variant::kCluster);
}

std::string cooperative_resident_declines(const Engine& engine, const Recurrence& recurrence) {
  return declines(engine, recurrence, Variant::kCooperative);
}

}  // namespace refrain::cuda
