#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Sgd {
  float* accumulator;  // null: plain
  float momentum;
  bool nesterov;

  __device__ float updated(const refrain_group_state&, const Parameter& p) const {
    float direction = p.gradient;
    if (accumulator != nullptr) {
      const float a = fmaf(momentum, accumulator[p.at], p.gradient);
      accumulator[p.at] = a;
      direction = nesterov ? fmaf(momentum, a, p.gradient) : a;
    }
    return fmaf(-p.learning_rate, direction, p.decayed_value);
  }
};

}  // namespace

void sgd(Engine& engine, const refrain_sgd_args& args) {
  update_parameters(engine, "sgd", args.update,
                    Sgd{args.momentum == 0 ? nullptr : args.accumulator,
                        static_cast<float>(args.momentum), args.nesterov != 0});
}

}  // namespace refrain::cuda
