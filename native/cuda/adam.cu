#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Adam {
  float rest1;  // 1 - beta1
  float rest2;
  float epsilon;
  bool tensorflow;

  // Both forms are rate m / (root_scale sqrt(v) + epsilon), by their scalars.
  struct Scalars {
    float rate;
    float root_scale;
  };

  __device__ Scalars scalars(const refrain_group_state& state) const {
    const double root = sqrt(1.0 - state.beta2_power);
    const double corrected = state.learning_rate / (1.0 - state.beta1_power);
    return {static_cast<float>(tensorflow ? corrected * root : corrected),
            static_cast<float>(tensorflow ? 1.0 : 1.0 / root)};
  }

  __device__ float updated(const Scalars& scalars, const Parameter& p, float& m, float& v) const {
    const float g = p.gradient;
    m = fmaf(g - m, rest1, m);
    v = fmaf(g * g - v, rest2, v);
    return p.decayed_value - scalars.rate * m / fmaf(scalars.root_scale, sqrtf(v), epsilon);
  }
};

}  // namespace

void adam(Engine& engine, const refrain_adam_args& args) {
  update_parameters(engine, "adam", args.update,
                    Adam{static_cast<float>(1.0 - args.beta1), static_cast<float>(1.0 - args.beta2),
                         static_cast<float>(args.epsilon), args.form == REFRAIN_ADAM_TENSORFLOW},
                    args.m, args.v);
}

}  // namespace refrain::cuda
