#include "cpu/operations.h"
#include "cpu/update.h"

namespace refrain::REFRAIN_TARGET {

int adagrad(Engine& engine, const refrain_adagrad_args& args) {
  const Vec epsilon = broadcast(static_cast<float>(args.epsilon));
  update_parameters(engine, args.update, [&](const Stretch& s, const GroupRate& rate) {
    float* sum_square = args.sum_square + s.begin;
    for_vectors(s.count, [&](int64_t i, int lanes) {
      const Vec p = load_lanes(s.values + i, lanes);
      const Vec g = rate.decayed_gradient(load_lanes(s.gradients + i, lanes), p);
      const Vec sum = fma(g, g, load_lanes(sum_square + i, lanes));
      const Vec divisor = sqrt(sum) + epsilon;
      const Vec step = select(divisor == zero(), zero(), rate.learning_rate * g / divisor);
      store_lanes(sum_square + i, sum, lanes);
      store_lanes(s.values + i, rate.decayed_value(p) - step, lanes);
    });
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
