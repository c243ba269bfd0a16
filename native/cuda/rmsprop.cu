#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct RmsProp {
  float* mean_square;
  float rho;
  float rest;  // 1 - rho
  float epsilon;

  __device__ float updated(const refrain_group_state&, const Parameter& p) const {
    const float g = p.gradient;
    const float mean = fmaf(rho, mean_square[p.at], rest * g * g);
    mean_square[p.at] = mean;
    return p.decayed_value - p.learning_rate * g / (sqrtf(mean) + epsilon);
  }
};

}  // namespace

void rmsprop(Engine& engine, const refrain_rmsprop_args& args) {
  update_parameters(engine, "rmsprop", args.update,
                    RmsProp{args.mean_square, static_cast<float>(args.rho),
                            static_cast<float>(1.0 - args.rho), static_cast<float>(args.epsilon)});
}

}  // namespace refrain::cuda
