// What the optimizers share: all parameters of all groups in stretches, weight decay, and groups
// that do not run left alone.
#pragma once

#include "cpu/elementwise.h"
#include "refrain/optimizer.h"

namespace refrain::REFRAIN_TARGET {

struct Stretch {
  int64_t begin;  // within [G,P]: where an optimizer's own arrays continue
  int64_t count;
  float* values;
  const float* gradients;
};

// A group's learning rate and decay, computed in double and rounded once.
struct GroupRate {
  const refrain_group_state& state;
  Vec learning_rate;
  Vec l2;
  Vec shrinkage;
  bool has_l2;
  bool has_shrinkage;

  GroupRate(const refrain_update& update, const refrain_group_state& group)
      : state(group),
        learning_rate(broadcast(static_cast<float>(group.learning_rate))),
        l2(broadcast(static_cast<float>(update.weight_decay))),
        shrinkage(broadcast(static_cast<float>(group.learning_rate * update.weight_decay))),
        has_l2(update.decay == REFRAIN_DECAY_L2),
        has_shrinkage(update.decay == REFRAIN_DECAY_DECOUPLED) {}

  REFRAIN_INLINE Vec decayed_gradient(Vec g, Vec p) const { return has_l2 ? fma(l2, p, g) : g; }
  REFRAIN_INLINE Vec decayed_value(Vec p) const {
    return has_shrinkage ? fnma(shrinkage, p, p) : p;
  }
};

template <class Body>
void update_parameters(Engine& engine, const refrain_update& update, Body&& body) {
  for_stretches(engine, update.groups, update.parameters,
                [&](int64_t group, int64_t begin, int64_t end) {
                  const refrain_group_state& state = update.state.group[group];
                  if (state.status != REFRAIN_RUNNING) return;
                  const int64_t first = group * update.parameters + begin;
                  const Stretch stretch = {first, end - begin, update.values + first,
                                           update.gradients + first};
                  body(stretch, GroupRate(update, state));
                });
}

}  // namespace refrain::REFRAIN_TARGET
