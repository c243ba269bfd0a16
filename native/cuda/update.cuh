// What the optimizers share: one thread a parameter, weight decay, and groups that do not run left
// alone.
#pragma once

#include "cuda/elementwise.cuh"
#include "refrain/optimizer.h"

namespace refrain::cuda {

// A parameter before its update. A group's scalars are computed in double and rounded once.
struct Parameter {
  int64_t at;  // within [G,P]
  float value;
  float gradient;       // with l2 decay
  float decayed_value;  // with decoupled decay
  float learning_rate;
};

// Rule::updated(group state, parameter) is the parameter's new value; it keeps its own arrays up to
// date.
template <class Rule>
struct Update {
  refrain_update update;
  Rule rule;

  __device__ void operator()(int64_t group, int64_t i) const {
    const refrain_group_state& state = update.state.group[group];
    if (state.status != REFRAIN_RUNNING) return;
    Parameter p;
    p.at = group * update.parameters + i;
    p.value = update.values[p.at];
    p.gradient = update.gradients[p.at];
    p.decayed_value = p.value;
    p.learning_rate = static_cast<float>(state.learning_rate);
    if (update.decay == REFRAIN_DECAY_L2) {
      p.gradient = fmaf(static_cast<float>(update.weight_decay), p.value, p.gradient);
    } else if (update.decay == REFRAIN_DECAY_DECOUPLED) {
      const float shrinkage = static_cast<float>(state.learning_rate * update.weight_decay);
      p.decayed_value = fmaf(-shrinkage, p.value, p.value);
    }
    update.values[p.at] = rule.updated(state, p);
  }
};

template <class Rule>
void update_parameters(Engine& engine, const char* name, const refrain_update& update,
                       const Rule& rule) {
  for_each(engine, name, update.groups, update.parameters, Update<Rule>{update, rule});
}

}  // namespace refrain::cuda
