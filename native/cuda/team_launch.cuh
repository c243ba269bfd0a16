// The launches of a team's kernels.
#pragma once

#include "cuda/team.cuh"
#include "refrain/context.h"

namespace refrain::cuda {

// Clears the counters and the exchange buffers, and leaves the initial state in the first one.
template <class Numbers>
struct PrepareTeam {
  TeamPlan plan;
  TeamMemory memory;
  refrain_view initial;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t buffer_words = plan.batch * plan.row_words;
    const int64_t buffer = i / buffer_words;
    const int64_t n = i % buffer_words / plan.row_words;
    const int64_t word = i % plan.row_words;
    if (buffer < 2) {
      uint32_t packed = 0;
      if (buffer == 0 && initial.data != nullptr) {
        float values[Numbers::kElementsOfWord];
        for (int e = 0; e < Numbers::kElementsOfWord; ++e) {
          const int64_t j = word * Numbers::kElementsOfWord + e;
          values[e] = j < plan.hidden ? row_of(initial, group, n)[j] : 0.0f;
        }
        packed = Numbers::pack(values);
      }
      memory.exchange[(buffer * plan.groups + group) * buffer_words + i % buffer_words] = packed;
    }
    if (group == 0 && i < plan.counters() * kCounterStride) memory.counters[i] = 0;
  }
};

// Layer::run(team, r) runs all steps for a team's part of the batch.
template <class Numbers, int kTiles, class Layer>
__global__ void __launch_bounds__(kTeamThreads, 1)
    team_kernel(TeamPlan plan, TeamMemory memory, refrain_view r, Layer layer) {
  Team<Numbers, kTiles> team(plan, memory);
  team.each_slab([&] { layer.run(team, r); });
}

// The kernel for so many fragments a block: a multiple of the layer's gates. One kernel of all
// numbers would have the registers of the largest, and spill.
template <class Numbers, int kTiles, class Layer>
auto team_kernel_of(int tiles) {
  constexpr int kNext = kTiles < 4 * Layer::kGates ? kTiles + Layer::kGates : kMostTiles;
  if constexpr (kTiles < kNext && kNext <= kMostTiles) {
    if (tiles > kTiles) return team_kernel_of<Numbers, kNext, Layer>(tiles);
  }
  return team_kernel<Numbers, kTiles, Layer>;
}

template <class Numbers, class Layer>
void launch_team(const char* name, const TeamCall& c, const refrain_view& initial,
                 Direction direction, const Layer& layer) {
  Engine& engine = c.call.engine;
  const TeamPlan plan = plan_team(engine, c.recurrence, direction);
  ScratchLayout layout;
  const int64_t exchange = layout.take(plan.exchange_words());
  const int64_t sums = layout.take(plan.sum_floats());
  const int64_t counters = layout.take(plan.counters() * kCounterStride);
  float* const scratch = c.call.scratch(c.scratch_offset, 1, 1).data;
  const TeamMemory memory = {reinterpret_cast<uint32_t*>(scratch + exchange), scratch + sums,
                             reinterpret_cast<unsigned*>(scratch + counters)};
  for_each(engine, "a team's preparation", plan.groups,
           larger(2 * plan.batch * plan.row_words, plan.counters() * kCounterStride),
           PrepareTeam<Numbers>{plan, memory, initial});
  engine.launch_meeting(Meeting::kGrid, 1, name,
                        team_kernel_of<Numbers, Layer::kGates, Layer>(plan.tiles),
                        dim3(static_cast<unsigned>(plan.teams * plan.team_blocks())),
                        dim3(kTeamThreads), static_cast<size_t>(plan.shared_bytes()), plan, memory,
                        c.call.parameter(c.call.parameters.r, c.call.outputs), layer);
}

template <class Layer>
void launch_in_precision(const char* name, const TeamCall& c, const refrain_view& initial,
                         Direction direction, const Layer& layer) {
  if (c.call.engine.precision() == REFRAIN_TF32) {
    launch_team<Tf32>(name, c, initial, direction, layer);
  } else {
    launch_team<Bf16>(name, c, initial, direction, layer);
  }
}

}  // namespace refrain::cuda
