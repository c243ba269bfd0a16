#include "cuda/resident_plan.h"

#include <algorithm>

namespace refrain::cuda {
namespace {

constexpr int kWarp = 32;
constexpr int kFewestLanes = 4;

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Cycles of a step and row, counted: four schedulers issue an instruction a cycle each; a 16-byte load
// of a warp takes four cycles of the shared memory, or two where lanes read the same. 100 instructions
// stand for the arithmetic of the gates. Not yet measured on a device.
int64_t cycles(const ResidentPlan& plan, const ResidentTraits& traits) {
  const int64_t warps = plan.threads / kWarp;
  int64_t sum = warps * 100 / 4;
  for (int p = 0; p < traits.phases; ++p) {
    const int64_t pieces = plan.pieces[p];
    const int64_t shared =
        std::max<int64_t>(0, pieces - register_pieces(traits, plan.thread_class, p));
    sum += warps * (pieces * traits.phase[p].outs + pieces * 2 + shared * traits.phase[p].outs * 4);
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

// The best plan for a number of blocks; `least` becomes the least shared memory that one would take.
ResidentPlan plan_for(int64_t available_floats, int64_t blocks, const ResidentTraits& traits,
                      const Recurrence& recurrence, Variant variant, int64_t* least) {
  ResidentPlan best;
  best.declines = "no";
  for (int thread_class = 0; thread_class < kThreadClasses; ++thread_class) {
    for (int lanes = kFewestLanes; lanes <= kWarp; lanes *= 2) {
      ResidentPlan plan;
      plan.available_floats = available_floats;
      plan.thread_class = thread_class;
      plan.lanes = lanes;
      plan.blocks = static_cast<int>(blocks);
      plan.units = static_cast<int>(up(recurrence.shape.hidden, blocks));
      int64_t needed = 0;
      const bool fits = plan_with(&plan, traits, recurrence, variant, &needed);
      if (needed > 0) *least = *least == 0 ? needed : std::min(*least, needed);
      if (!fits) continue;
      if (best.declines.empty() && cycles(best, traits) <= cycles(plan, traits)) continue;
      best = plan;
    }
  }
  return best;
}

std::string too_large(const Engine& engine, const char* owner, int64_t least, int64_t units) {
  if (least == 0) {
    return std::string(owner) + " has too few threads for " + std::to_string(units) + " units";
  }
  return std::string(owner) + " keeps its part of R in registers and shared memory, which takes " +
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
  const int64_t staged = variant == Variant::kCooperative ? std::max<int64_t>(1, staged_rows(variant, rows))
                                                          : rows;
  return 4 * (weight_floats + buffers(variant) * staged * row_floats + rows * state_floats);
}

ResidentPlan plan_resident(const Engine& engine, const Recurrence& recurrence, Direction direction,
                           Variant variant) {
  const ResidentTraits traits = resident_traits(recurrence.cell, direction);
  const int64_t floats = engine.shared_bytes() / 4;
  const int64_t hidden = recurrence.shape.hidden;
  int64_t least = 0;
  if (variant == Variant::kBlock) {
    ResidentPlan plan = plan_for(floats, 1, traits, recurrence, variant, &least);
    if (!plan.declines.empty()) plan.declines = too_large(engine, "a block", least, hidden);
    return plan;
  }
  if (variant == Variant::kCluster) {
    if (engine.capability() < 90) {
      return declined("the device has no clusters: its compute capability is " +
                      std::to_string(engine.capability() / 10) + "." +
                      std::to_string(engine.capability() % 10) + ", they came with 9.0");
    }
    for (int64_t blocks = 2; blocks <= 8; blocks *= 2) {
      least = 0;
      ResidentPlan plan = plan_for(floats, blocks, traits, recurrence, variant, &least);
      if (plan.declines.empty()) return plan;
    }
    return declined(too_large(engine, "each of 8 blocks of a cluster", least, up(hidden, 8)));
  }
  // The fewest blocks that keep all of R in registers, or else that fit.
  ResidentPlan fits = declined("");
  fits.blocks = 0;
  for (int64_t blocks = 2; blocks <= engine.multiprocessors(); ++blocks) {
    least = 0;
    ResidentPlan plan = plan_for(floats, blocks, traits, recurrence, variant, &least);
    if (!plan.declines.empty()) continue;
    if (plan.weight_floats == 0) return plan;
    if (fits.blocks == 0) fits = plan;
  }
  if (fits.blocks > 0) return fits;
  const int64_t most = engine.multiprocessors();
  if (most < 2) return declined("the device has a single multiprocessor");
  return declined(too_large(engine, ("each of " + std::to_string(most) + " blocks").c_str(), least,
                            up(hidden, most)));
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
