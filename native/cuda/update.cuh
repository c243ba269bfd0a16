// What the optimizers share: a block updates a stretch of one group's parameters, four a thread;
// the group's scalars are computed once a block, in double, and rounded once. Groups that do not
// run are left alone.
//
// A step with Adam reads values, gradients, m and v and writes all but the gradients: 28 bytes a
// parameter, 1.2 MB for LSTM H=100 (41,312 parameters), 57 MB for H=512 with I=512 (2.1 million).
#pragma once

#include "cuda/elementwise.cuh"
#include "refrain/optimizer.h"

namespace refrain::cuda {

constexpr int kUpdateThreads = 128;

// A parameter before its update.
struct Parameter {
  float value;
  float gradient;       // with l2 decay
  float decayed_value;  // with decoupled decay
};

// Weight decay, rounded.
struct Decay {
  float l2;
  float decoupled;  // times the learning rate

  __device__ static Decay of(const refrain_update& update, const refrain_group_state& state) {
    return {update.decay == REFRAIN_DECAY_L2 ? static_cast<float>(update.weight_decay) : 0.0f,
            update.decay == REFRAIN_DECAY_DECOUPLED
                ? static_cast<float>(state.learning_rate * update.weight_decay)
                : 0.0f};
  }
};

// A rule keeps up to two arrays [G,P] of its own. With the group's scalars, which are the rule's
// own type, Rule::updated(scalars, parameter, first, second) is the parameter's new value; it
// changes the elements of its arrays.
template <class Rule>
struct Update {
  refrain_update update;
  Rule rule;
  float* first;   // null: the rule keeps no such array
  float* second;
  bool vectors;   // all rows are aligned to 16 bytes

  __device__ float updated(const typename Rule::Scalars& scalars, const Decay& decay, float value,
                           float gradient, float& kept, float& also_kept) const {
    Parameter p = {value, gradient, value};
    // Branches of the whole launch: no decay must not turn an infinite value into NaN.
    if (update.decay == REFRAIN_DECAY_L2) {
      p.gradient = fmaf(decay.l2, value, gradient);
    } else if (update.decay == REFRAIN_DECAY_DECOUPLED) {
      p.decayed_value = fmaf(-decay.decoupled, value, value);
    }
    return rule.updated(scalars, p, kept, also_kept);
  }

  __device__ void update_one(const typename Rule::Scalars& scalars, const Decay& decay,
                             int64_t at) const {
    float kept = first == nullptr ? 0.0f : first[at];
    float also_kept = second == nullptr ? 0.0f : second[at];
    update.values[at] =
        updated(scalars, decay, update.values[at], update.gradients[at], kept, also_kept);
    if (first != nullptr) first[at] = kept;
    if (second != nullptr) second[at] = also_kept;
  }

  __device__ void update_four(const typename Rule::Scalars& scalars, const Decay& decay,
                              int64_t at) const {
    float4 value = four(update.values, at);
    const float4 gradient = four(update.gradients, at);
    float4 kept = first == nullptr ? float4{} : four(first, at);
    float4 also_kept = second == nullptr ? float4{} : four(second, at);
    value.x = updated(scalars, decay, value.x, gradient.x, kept.x, also_kept.x);
    value.y = updated(scalars, decay, value.y, gradient.y, kept.y, also_kept.y);
    value.z = updated(scalars, decay, value.z, gradient.z, kept.z, also_kept.z);
    value.w = updated(scalars, decay, value.w, gradient.w, kept.w, also_kept.w);
    *reinterpret_cast<float4*>(update.values + at) = value;
    if (first != nullptr) *reinterpret_cast<float4*>(first + at) = kept;
    if (second != nullptr) *reinterpret_cast<float4*>(second + at) = also_kept;
  }

  __device__ static float4 four(const float* data, int64_t at) {
    return *reinterpret_cast<const float4*>(data + at);
  }
};

template <class Rule>
__global__ void __launch_bounds__(kUpdateThreads) update_kernel(Update<Rule> u) {
  __shared__ typename Rule::Scalars scalars;
  __shared__ Decay decay;
  const int64_t own = 4 * (static_cast<int64_t>(blockIdx.x) * kUpdateThreads + threadIdx.x);
  const int64_t stride = int64_t{4} * gridDim.x * kUpdateThreads;
  const int64_t parameters = u.update.parameters;
  for (int64_t group = blockIdx.y; group < u.update.groups; group += gridDim.y) {
    const refrain_group_state& state = u.update.state.group[group];
    if (state.status != REFRAIN_RUNNING) continue;
    if (threadIdx.x == 0) {
      scalars = u.rule.scalars(state);
      decay = Decay::of(u.update, state);
    }
    __syncthreads();
    for (int64_t i = own; i < parameters; i += stride) {
      const int64_t at = group * parameters + i;
      if (u.vectors) {
        u.update_four(scalars, decay, at);
      } else {
        for (int64_t j = 0; j < smaller(4, parameters - i); ++j) {
          u.update_one(scalars, decay, at + j);
        }
      }
    }
    __syncthreads();
  }
}

inline bool aligned_to_vectors(const void* data) {
  return reinterpret_cast<uintptr_t>(data) % sizeof(float4) == 0;
}

template <class Rule>
void update_parameters(Engine& engine, const char* name, const refrain_update& update,
                       const Rule& rule, float* first, float* second = nullptr) {
  if (update.parameters == 0) return;
  const bool vectors = update.parameters % 4 == 0 && aligned_to_vectors(update.values) &&
                       aligned_to_vectors(update.gradients) && aligned_to_vectors(first) &&
                       aligned_to_vectors(second);
  const dim3 grid(static_cast<unsigned>(
                      smaller(divide_up(update.parameters, 4 * kUpdateThreads), kMostBlocks)),
                  static_cast<unsigned>(smaller(update.groups, kMostBlocksOfGroups)));
  engine.launch(name, update_kernel<Rule>, grid, dim3(kUpdateThreads), 0,
                Update<Rule>{update, rule, first, second, vectors});
}

}  // namespace refrain::cuda
