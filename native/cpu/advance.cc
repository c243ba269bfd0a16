#include <cmath>

#include "cpu/operations.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr double kPi = 3.14159265358979323846;

double factor(const refrain_advance_args& args, int64_t steps_done) {
  const double s = static_cast<double>(steps_done);
  const double period = static_cast<double>(args.period);
  switch (args.schedule) {
    case REFRAIN_SCHEDULE_EXPONENTIAL: {
      const double exponent = s / period;
      return std::pow(args.rate, args.staircase ? std::floor(exponent) : exponent);
    }
    case REFRAIN_SCHEDULE_COSINE: {
      const double share = (s < period ? s : period) / period;
      return args.floor_factor +
             (1.0 - args.floor_factor) / 2.0 * (1.0 + std::cos(kPi * share));
    }
    case REFRAIN_SCHEDULE_STEP:
      return std::pow(args.rate, static_cast<double>(steps_done / args.period));
    default:
      return 1.0;
  }
}

}  // namespace

int advance(Engine&, const refrain_advance_args& args) {
  for (int32_t group = 0; group < args.state.groups; ++group) {
    refrain_group_state& state = args.state.group[group];
    if (state.status != REFRAIN_RUNNING) continue;
    state.learning_rate = state.base_learning_rate * factor(args, state.step);
    state.step += 1;
    state.beta1_power *= args.beta1;
    state.beta2_power *= args.beta2;
  }
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
