#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Adam {
  float* m;
  float* v;
  float rest1;  // 1 - beta1
  float rest2;
  float epsilon;
  bool tensorflow;

  // Both forms are rate m / (root_scale sqrt(v) + epsilon), by their scalars.
  __device__ float updated(const refrain_group_state& state, const Parameter& p) const {
    const double root = sqrt(1.0 - state.beta2_power);
    const double corrected = state.learning_rate / (1.0 - state.beta1_power);
    const float rate = static_cast<float>(tensorflow ? corrected * root : corrected);
    const float root_scale = static_cast<float>(tensorflow ? 1.0 : 1.0 / root);
    const float g = p.gradient;
    const float m_new = fmaf(g - m[p.at], rest1, m[p.at]);
    const float v_new = fmaf(g * g - v[p.at], rest2, v[p.at]);
    m[p.at] = m_new;
    v[p.at] = v_new;
    return p.decayed_value - rate * m_new / fmaf(root_scale, sqrtf(v_new), epsilon);
  }
};

}  // namespace

void adam(Engine& engine, const refrain_adam_args& args) {
  update_parameters(engine, "adam", args.update,
                    Adam{args.m, args.v, static_cast<float>(1.0 - args.beta1),
                         static_cast<float>(1.0 - args.beta2), static_cast<float>(args.epsilon),
                         args.form == REFRAIN_ADAM_TENSORFLOW});
}

}  // namespace refrain::cuda
