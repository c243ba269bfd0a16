#include "cuda/operations.h"
#include "cuda/update.cuh"

namespace refrain::cuda {
namespace {

struct Adagrad {
  float* sum_square;
  float epsilon;

  __device__ float updated(const refrain_group_state&, const Parameter& p) const {
    const float g = p.gradient;
    const float sum = fmaf(g, g, sum_square[p.at]);
    sum_square[p.at] = sum;
    const float divisor = sqrtf(sum) + epsilon;
    const float step = divisor == 0.0f ? 0.0f : p.learning_rate * g / divisor;
    return p.decayed_value - step;
  }
};

}  // namespace

void adagrad(Engine& engine, const refrain_adagrad_args& args) {
  update_parameters(engine, "adagrad", args.update,
                    Adagrad{args.sum_square, static_cast<float>(args.epsilon)});
}

}  // namespace refrain::cuda
