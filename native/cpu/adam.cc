#include <cmath>

#include "cpu/operations.h"
#include "cpu/update.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// p -= rate m / (root_scale sqrt(v) + epsilon): both forms, by their scalars.
struct AdamScalars {
  Vec rate;
  Vec root_scale;

  AdamScalars(const refrain_adam_args& args, const refrain_group_state& state) {
    const double root = std::sqrt(1.0 - state.beta2_power);
    const bool tensorflow = args.form == REFRAIN_ADAM_TENSORFLOW;
    const double corrected = state.learning_rate / (1.0 - state.beta1_power);
    rate = broadcast(static_cast<float>(tensorflow ? corrected * root : corrected));
    root_scale = broadcast(static_cast<float>(tensorflow ? 1.0 : 1.0 / root));
  }
};

}  // namespace

int adam(Engine& engine, const refrain_adam_args& args) {
  const Vec rest1 = broadcast(static_cast<float>(1.0 - args.beta1));
  const Vec rest2 = broadcast(static_cast<float>(1.0 - args.beta2));
  const Vec epsilon = broadcast(static_cast<float>(args.epsilon));
  update_parameters(engine, args.update, [&](const Stretch& s, const GroupRate& rate) {
    const AdamScalars scalars(args, rate.state);
    float* m_of_stretch = args.m + s.begin;
    float* v_of_stretch = args.v + s.begin;
    for_vectors(s.count, [&](int64_t i, int lanes) {
      const Vec p = load_lanes(s.values + i, lanes);
      const Vec g = rate.decayed_gradient(load_lanes(s.gradients + i, lanes), p);
      Vec m = load_lanes(m_of_stretch + i, lanes);
      Vec v = load_lanes(v_of_stretch + i, lanes);
      m = fma(rest1, g, fnma(rest1, m, m));
      v = fma(rest2, g * g, fnma(rest2, v, v));
      const Vec step = scalars.rate * m / fma(scalars.root_scale, sqrt(v), epsilon);
      store_lanes(m_of_stretch + i, m, lanes);
      store_lanes(v_of_stretch + i, v, lanes);
      store_lanes(s.values + i, rate.decayed_value(p) - step, lanes);
    });
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
