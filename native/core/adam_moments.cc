#include "core/adam_moments.h"

#include <algorithm>
#include <cmath>

namespace refrain {
namespace {

constexpr int kMoments = 4;
constexpr double kPi = 3.14159265358979323846;
// What is smaller is nothing beside 1.
constexpr double kNothing = 1e-18;
// A tenth of what the tolerance of rows_adam.h allows.
constexpr double kLargestFourthMoment = 1e-8;

// The smallest n with beta^n < kNothing.
int64_t steps_to_nothing(double beta) {
  return beta == 0 ? 1 : static_cast<int64_t>(std::ceil(std::log(kNothing) / std::log(beta)));
}

bool settles(const refrain_rows_adam_args& args, int64_t steps) {
  const double slower = std::max(args.advance.beta1, args.advance.beta2);
  return args.advance.schedule == REFRAIN_SCHEDULE_CONSTANT && steps >= steps_to_nothing(slower);
}

int64_t covered_steps(const refrain_rows_adam_args& args) {
  const double slower = std::max(args.advance.beta1, args.advance.beta2);
  return args.advance.schedule == REFRAIN_SCHEDULE_CONSTANT
             ? std::min(args.table_steps, steps_to_nothing(slower))
             : args.table_steps;
}

double factor(const refrain_advance_args& args, int64_t steps_done) {
  const double periods = static_cast<double>(steps_done) / static_cast<double>(args.period);
  switch (args.schedule) {
    case REFRAIN_SCHEDULE_EXPONENTIAL:
      return std::pow(args.rate, args.staircase ? std::floor(periods) : periods);
    case REFRAIN_SCHEDULE_COSINE:
      return args.floor_factor + (1.0 - args.floor_factor) / 2.0 *
                                     (1.0 + std::cos(kPi * std::min(periods, 1.0)));
    case REFRAIN_SCHEDULE_STEP:
      return std::pow(args.rate, std::floor(periods));
    default:
      return 1.0;
  }
}

double rate(const refrain_advance_args& args, int64_t step) {
  const double t = static_cast<double>(step);
  return factor(args, step - 1) * std::sqrt(1.0 - std::pow(args.beta2, t)) /
         (1.0 - std::pow(args.beta1, t));
}

// With weights beta1^j for ever: where a rate stays as it is.
double fourth_central_moment(double beta1, double beta2) {
  double raw[5];
  for (int n = 0; n < 5; ++n) {
    const double q = beta1 * std::pow(beta2, n / 2.0);
    raw[n] = q / (1.0 - q);
  }
  if (raw[0] == 0) return 0;
  for (int n = 1; n < 5; ++n) raw[n] /= raw[0];
  const double mean = raw[1];
  return raw[4] - 4 * mean * raw[3] + 6 * mean * mean * raw[2] - 3 * mean * mean * mean * mean;
}

}  // namespace

int64_t adam_table_floats(const refrain_rows_adam_args& args) {
  const int64_t doubles =
      kTableHeader + 2 * kTablePowers + (covered_steps(args) + 1) * (kMoments + 1);
  return 2 * doubles;
}

std::vector<double> adam_table(const refrain_rows_adam_args& args) {
  const refrain_advance_args& a = args.advance;
  const int64_t steps = covered_steps(args);
  std::vector<double> table(static_cast<size_t>(adam_table_floats(args) / 2));
  const int64_t terms = steps_to_nothing(a.beta1);
  table[kTableSteps] = static_cast<double>(steps);
  table[kTableSettled] = settles(args, steps) ? 1 : 0;
  table[kTableTerms] = static_cast<double>(terms);
  table[kTableOneByOne] =
      fourth_central_moment(a.beta1, a.beta2) > kLargestFourthMoment ? 1 : 0;
  double* powers = table.data() + kTableHeader;
  for (int64_t k = 0; k < kTablePowers; ++k) {
    powers[2 * k] = std::pow(a.beta1, static_cast<double>(k));
    powers[2 * k + 1] = std::pow(a.beta2, static_cast<double>(k) / 2.0);
  }
  double* moments = powers + 2 * kTablePowers;
  double* rates = moments + (steps + 1) * kMoments;
  for (int64_t t = 1; t <= steps; ++t) rates[t] = rate(a, t);
  for (int n = 0; n < kMoments; ++n) {
    const double q = a.beta1 * std::pow(a.beta2, n / 2.0);
    double sum = 0;
    for (int64_t j = terms; j >= 1; --j) sum = q * (rate(a, steps + j) + sum);
    moments[steps * kMoments + n] = sum;
    for (int64_t s = steps - 1; s >= 0; --s) {
      sum = q * (rates[s + 1] + sum);
      moments[s * kMoments + n] = sum;
    }
  }
  return table;
}

}  // namespace refrain
