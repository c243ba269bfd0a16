#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Adagrad {
  float epsilon;

  struct Scalars {
    float learning_rate;
  };

  __device__ Scalars scalars(const refrain_group_state& state) const {
    return {static_cast<float>(state.learning_rate)};
  }

  __device__ float updated(const Scalars& scalars, const Parameter& p, float& sum_square,
                           float&) const {
    const float g = p.gradient;
    sum_square = fmaf(g, g, sum_square);
    const float divisor = sqrtf(sum_square) + epsilon;
    const float step = divisor == 0.0f ? 0.0f : scalars.learning_rate * g / divisor;
    return p.decayed_value - step;
  }
};

}  // namespace

void adagrad(Engine& engine, const refrain_adagrad_args& args) {
  update_parameters(engine, "adagrad", args.update, Adagrad{static_cast<float>(args.epsilon)},
                    args.sum_square);
}

}  // namespace refrain::cuda
