// How a row of deferred Adam catches up (rows_adam.h): the closed form in double, from the engine's own table
// and scalars, against plain Adam with gradient 0, step by step in double.
//
// The closed form is Taylor's series of 1/(a_j r + epsilon) about a_j = mu, weighted with w_j, up to the
// third order. It leaves out A/D (c4 y^4 - c5 y^5 + ...), where y = r/D <= 1/mu; the updates sum to
// A/D (1 + ...). adam_moments.cc takes it where c4 of a rate that stays is at most 1e-8, and then mu > 0.97,
// y^4 < 1.13. Adam's bias corrections raise lr_t for some 1/(1 - beta2) steps, shift the weights to later
// steps and make c4 larger. For epsilon = 0, beta1 from 0.05 to 0.999, the fastest beta2 for which the closed
// form is taken and starts from 0 to 20,000 the largest error was 1.6e-8, and no schedule's was above it:
//   |difference| <= 2e-8 sum |updates|
#define REFRAIN_TARGET portable  // scalar doubles: the same on every target

#include "cpu/catch_up.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "check.h"
#include "core/adam_moments.h"

namespace refrain::test {
namespace {

using portable::AdamTable;
using portable::CatchUp;

constexpr double kTolerance = 2e-8;
// A unit in the last place for each product of a power.
constexpr double kRounding = 1.2e-16;
// At 7 bias corrections shift the weights most for beta1 = 0.9.
constexpr int64_t kStarts[] = {1, 7, 100, 200000};
constexpr int64_t kLargestGap = 20000;
constexpr int64_t kLastStep = 200000 + kLargestGap;
constexpr double kBaseRate = 0.01;
constexpr double kPi = 3.14159265358979323846;

struct Run {
  const char* name;
  refrain_advance_args advance;
  int64_t table_steps;  // later steps are summed, unless the rate has settled
};

constexpr int32_t kConstant = REFRAIN_SCHEDULE_CONSTANT;
constexpr int32_t kExponential = REFRAIN_SCHEDULE_EXPONENTIAL;
constexpr int32_t kCosine = REFRAIN_SCHEDULE_COSINE;
constexpr int32_t kStep = REFRAIN_SCHEDULE_STEP;
const Run kRuns[] = {
    {"constant", {kConstant, 0, 0, 0, 0, 0.9, 0.999, {}}, kLastStep},
    {"constant, short table", {kConstant, 0, 0, 0, 0, 0.9, 0.999, {}}, 150},
    {"exponential", {kExponential, 0, 0.96, 0, 1000, 0.9, 0.999, {}}, kLastStep},
    {"exponential, short table", {kExponential, 0, 0.96, 0, 1000, 0.9, 0.999, {}}, 150},
    {"staircase, at last 0", {kExponential, 1, 0.5, 0, 7, 0.9, 0.999, {}}, 1000},
    {"step", {kStep, 0, 0.1, 0, 15000, 0.9, 0.999, {}}, kLastStep},
    {"cosine", {kCosine, 0, 0, 0.01, 15000, 0.9, 0.999, {}}, kLastStep},
    {"cosine to 0", {kCosine, 0, 0, 0, 210000, 0.9, 0.999, {}}, kLastStep},
    // The fastest beta2 for which the closed form is taken.
    {"edge, beta1 0.05", {kConstant, 0, 0, 0, 0, 0.05, 0.96213, {}}, kLastStep},
    {"edge, beta1 0.5", {kConstant, 0, 0, 0, 0, 0.5, 0.9918, {}}, kLastStep},
    {"edge, beta1 0.9", {kConstant, 0, 0, 0, 0, 0.9, 0.99876, {}}, kLastStep},
    {"edge, beta1 0.99", {kConstant, 0, 0, 0, 0, 0.99, 0.999882, {}}, kLastStep},
};

// factor as advance.h has it, lr_t as adam.h: of steps 1 .. kLastStep; [0] is not used.
std::vector<double> rates_of(const refrain_advance_args& a) {
  std::vector<double> rates(kLastStep + 1);
  const double period = static_cast<double>(a.period);
  double power1 = 1;
  double power2 = 1;
  for (int64_t t = 1; t <= kLastStep; ++t) {
    power1 *= a.beta1;
    power2 *= a.beta2;
    const double s = static_cast<double>(t - 1);
    double factor = 1;
    if (a.schedule == kExponential) {
      factor = std::pow(a.rate, a.staircase ? std::floor(s / period) : s / period);
    } else if (a.schedule == kStep) {
      factor = std::pow(a.rate, std::floor(s / period));
    } else if (a.schedule == kCosine) {
      const double cosine = std::cos(kPi * std::min(s, period) / period);
      factor = a.floor_factor + (1 - a.floor_factor) / 2 * (1 + cosine);
    }
    rates[t] = kBaseRate * factor * std::sqrt(1 - power2) / (1 - power1);
  }
  return rates;
}

struct Element {
  double m;
  double v;
  double epsilon;
};

double closed_form(const CatchUp& c, const Element& e) {
  const double r = std::sqrt(e.v);
  const double d = c.mean * r + e.epsilon;
  const double y = r / d;
  return e.m * c.displacement / d * (1 + c.second * y * y - c.third * y * y * y);
}

bool compared(int64_t gap) {
  const bool listed_powers_end = gap >= kTablePowers - 1 && gap <= kTablePowers + 1;
  return gap <= 64 || (gap < 1000 && gap % 13 == 0) || gap % 500 == 0 || listed_powers_end;
}

// Waits at every gap that is compared; returns the largest |difference| / sum |updates|.
double check_element(const AdamTable& table, const refrain_advance_args& a,
                     const std::vector<double>& rates, int64_t start, const Element& e) {
  double worst = 0;
  double m = e.m;
  double v = e.v;
  double moved = 0;
  double updates = 0;
  for (int64_t gap = 1; gap <= kLargestGap; ++gap) {
    m *= a.beta1;
    v *= a.beta2;
    const double update = rates[start + gap] * m / (std::sqrt(v) + e.epsilon);
    moved += update;
    updates += std::fabs(update);
    if (!compared(gap)) continue;
    const CatchUp c = table.catch_up(start, gap, kBaseRate);
    const double difference = std::fabs(closed_form(c, e) - moved);
    CHECK(difference <= kTolerance * updates);
    if (updates > 0) worst = std::max(worst, difference / updates);
    // Of numbers below the normal ones few digits are left.
    const double rounding = kRounding * static_cast<double>(gap + 4);
    CHECK(std::fabs(e.m * c.decay_m - m) <= rounding * std::fabs(m) + 1e-300);
    CHECK(std::fabs(e.v * c.decay_v - v) <= rounding * v + 1e-300);
  }
  return worst;
}

void check_run(const Run& run) {
  refrain_rows_adam_args args = {};
  args.advance = run.advance;
  args.table_steps = run.table_steps;
  std::vector<double> doubles = adam_table(args);
  args.table = reinterpret_cast<float*>(doubles.data());
  const AdamTable table(args);
  CHECK(!table.one_by_one());
  const std::vector<double> rates = rates_of(run.advance);
  std::printf("%-25s", run.name);
  for (const int64_t start : kStarts) {
    const auto check = [&](const Element& e) {
      return check_element(table, run.advance, rates, start, e);
    };
    double worst = check({-0.03, 0, 1e-8});
    for (const double ratio : {0.0, 1e-6, 1e-3, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 1e3, 1e6}) {
      worst = std::max(worst, check({-0.03, 4e-6, 2e-3 * ratio}));
    }
    std::printf("  s=%lld %.2e", static_cast<long long>(start), worst);
  }
  std::printf("\n");
}

// Where the series would leave out more, it is not taken.
void check_edge() {
  for (const auto& betas :
       {std::pair(0.05, 0.962), {0.5, 0.9917}, {0.9, 0.9987}, {0.99, 0.99988}}) {
    refrain_rows_adam_args args = {};
    args.advance = {kConstant, 0, 0, 0, 0, betas.first, betas.second, {}};
    CHECK(adam_table(args)[kTableOneByOne] == 1);
  }
}

}  // namespace
}  // namespace refrain::test

int main() {
  std::printf("largest |difference| / sum |updates| after step s:\n");
  for (const auto& run : refrain::test::kRuns) refrain::test::check_run(run);
  refrain::test::check_edge();
  return refrain::test::report();
}
