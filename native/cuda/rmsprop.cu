#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct RmsProp {
  float rho;
  float rest;  // 1 - rho
  float epsilon;

  struct Scalars {
    float learning_rate;
  };

  __device__ Scalars scalars(const refrain_group_state& state) const {
    return {static_cast<float>(state.learning_rate)};
  }

  __device__ float updated(const Scalars& scalars, const Parameter& p, float& mean_square,
                           float&) const {
    const float g = p.gradient;
    mean_square = fmaf(rho, mean_square, rest * g * g);
    return p.decayed_value - scalars.learning_rate * g / (sqrtf(mean_square) + epsilon);
  }
};

}  // namespace

void rmsprop(Engine& engine, const refrain_rmsprop_args& args) {
  update_parameters(engine, "rmsprop", args.update,
                    RmsProp{static_cast<float>(args.rho), static_cast<float>(1.0 - args.rho),
                            static_cast<float>(args.epsilon)},
                    args.mean_square);
}

}  // namespace refrain::cuda
