#include "cpu/update.h"
#include "cpu/operations.h"

namespace refrain::REFRAIN_TARGET {

int sgd(Engine& engine, const refrain_sgd_args& args) {
  const Vec momentum = broadcast(static_cast<float>(args.momentum));
  const bool plain = args.momentum == 0;
  const bool nesterov = args.nesterov != 0;
  update_parameters(engine, args.update, [&](const Stretch& s, const GroupRate& rate) {
    for_vectors(s.count, [&](int64_t i, int lanes) {
      const Vec p = load_lanes(s.values + i, lanes);
      const Vec g = rate.decayed_gradient(load_lanes(s.gradients + i, lanes), p);
      Vec direction = g;
      if (!plain) {
        float* accumulator = args.accumulator + s.begin + i;
        const Vec a = fma(momentum, load_lanes(accumulator, lanes), g);
        store_lanes(accumulator, a, lanes);
        direction = nesterov ? fma(momentum, a, g) : a;
      }
      store_lanes(s.values + i, fnma(rate.learning_rate, direction, rate.decayed_value(p)), lanes);
    });
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
