#include "cuda/elementwise.cuh"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

constexpr double kPi = 3.14159265358979323846;

struct Advance {
  refrain_advance_args args;

  __device__ double factor(int64_t steps_done) const {
    const double s = static_cast<double>(steps_done);
    const double period = static_cast<double>(args.period);
    switch (args.schedule) {
      case REFRAIN_SCHEDULE_EXPONENTIAL: {
        const double exponent = s / period;
        return pow(args.rate, args.staircase ? floor(exponent) : exponent);
      }
      case REFRAIN_SCHEDULE_COSINE: {
        const double share = (s < period ? s : period) / period;
        return args.floor_factor + (1.0 - args.floor_factor) / 2.0 * (1.0 + cos(kPi * share));
      }
      case REFRAIN_SCHEDULE_STEP:
        return pow(args.rate, static_cast<double>(steps_done / args.period));
      default:
        return 1.0;
    }
  }

  __device__ void operator()(int64_t, int64_t group) const {
    refrain_group_state& state = args.state.group[group];
    if (state.status != REFRAIN_RUNNING) return;
    state.learning_rate = state.base_learning_rate * factor(state.step);
    state.step += 1;
    state.beta1_power *= args.beta1;
    state.beta2_power *= args.beta2;
  }
};

}  // namespace

void advance(Engine& engine, const refrain_advance_args& args) {
  for_each(engine, "advance", 1, args.state.groups, Advance{args});
}

}  // namespace refrain::cuda
