#include "cpu/operations.h"
#include "cpu/update.h"

namespace refrain::REFRAIN_TARGET {

int rmsprop(Engine& engine, const refrain_rmsprop_args& args) {
  const Vec rho = broadcast(static_cast<float>(args.rho));
  const Vec rest = broadcast(static_cast<float>(1.0 - args.rho));
  const Vec epsilon = broadcast(static_cast<float>(args.epsilon));
  update_parameters(engine, args.update, [&](const Stretch& s, const GroupRate& rate) {
    float* mean_square = args.mean_square + s.begin;
    for_vectors(s.count, [&](int64_t i, int lanes) {
      const Vec p = load_lanes(s.values + i, lanes);
      const Vec g = rate.decayed_gradient(load_lanes(s.gradients + i, lanes), p);
      const Vec mean = fma(rho, load_lanes(mean_square + i, lanes), rest * g * g);
      const Vec step = rate.learning_rate * g / (sqrt(mean) + epsilon);
      store_lanes(mean_square + i, mean, lanes);
      store_lanes(s.values + i, rate.decayed_value(p) - step, lanes);
    });
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
