#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Sgd {
  float momentum;
  bool plain;
  bool nesterov;

  struct Scalars {
    float learning_rate;
  };

  __device__ Scalars scalars(const refrain_group_state& state) const {
    return {static_cast<float>(state.learning_rate)};
  }

  __device__ float updated(const Scalars& scalars, const Parameter& p, float& accumulator,
                           float&) const {
    float direction = p.gradient;
    if (!plain) {
      accumulator = fmaf(momentum, accumulator, p.gradient);
      direction = nesterov ? fmaf(momentum, accumulator, p.gradient) : accumulator;
    }
    return fmaf(-scalars.learning_rate, direction, p.decayed_value);
  }
};

}  // namespace

void sgd(Engine& engine, const refrain_sgd_args& args) {
  const bool plain = args.momentum == 0 || args.accumulator == nullptr;
  update_parameters(engine, "sgd", args.update,
                    Sgd{static_cast<float>(args.momentum), plain, args.nesterov != 0},
                    plain ? nullptr : args.accumulator);
}

}  // namespace refrain::cuda
