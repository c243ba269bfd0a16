// Gradient-free steps of Adam in O(1) an element, as rows_adam.h says.
#pragma once

#include <cmath>

#include "core/adam_moments.h"
#include "cpu/simd.h"
#include "refrain/rows_adam.h"

namespace refrain::REFRAIN_TARGET {

// What the steps s+1 .. s+k do to an element, by its scalars.
struct CatchUp {
  double displacement;  // A
  double mean;          // mu
  double second;        // c2
  double third;         // c3
  double decay_m;       // beta1^k
  double decay_v;       // beta2^k
};

// The table of adam_moments.h and what it does not cover.
class AdamTable {
 public:
  explicit AdamTable(const refrain_rows_adam_args& args)
      : advance_(args.advance),
        table_(reinterpret_cast<const double*>(args.table)),
        steps_(static_cast<int64_t>(table_[kTableSteps])),
        terms_(static_cast<int64_t>(table_[kTableTerms])),
        settled_(table_[kTableSettled] != 0),
        powers_(table_ + kTableHeader),
        moments_(powers_ + 2 * kTablePowers),
        rates_(moments_ + 4 * (steps_ + 1)) {}

  bool one_by_one() const { return table_[kTableOneByOne] != 0; }
  int64_t terms() const { return terms_; }

  CatchUp catch_up(int64_t s, int64_t k, double base_rate) const {
    double power1;
    double root2;
    if (k < kTablePowers) {
      power1 = powers_[2 * k];
      root2 = powers_[2 * k + 1];
    } else {
      power1 = std::pow(advance_.beta1, static_cast<double>(k));
      root2 = std::pow(advance_.beta2, 0.5 * static_cast<double>(k));
    }
    double m[4];
    if (covered(s + k)) {
      const double* from = moments_ + 4 * entry(s);
      const double* to = moments_ + 4 * entry(s + k);
      double q = power1;
      for (int n = 0; n < 4; ++n, q *= root2) m[n] = from[n] - q * to[n];
    } else {
      sum_moments(s, k, m);
    }
    if (!(m[0] > 0)) return {0, 1, 0, 0, power1, root2 * root2};
    const double mean = m[1] / m[0];
    const double square = m[2] / m[0];
    return {base_rate * m[0],
            mean,
            square - mean * mean,
            m[3] / m[0] - 3 * mean * square + 2 * mean * mean * mean,
            power1,
            root2 * root2};
  }

  // lr_t for a base learning rate of 1.
  double rate(int64_t t) const {
    if (covered(t)) return rates_[entry(t)];
    const double step = static_cast<double>(t);
    return factor(t - 1) * std::sqrt(1.0 - std::pow(advance_.beta2, step)) /
           (1.0 - std::pow(advance_.beta1, step));
  }

 private:
  bool covered(int64_t step) const { return step <= steps_ || settled_; }
  int64_t entry(int64_t step) const { return step < steps_ ? step : steps_; }

  void sum_moments(int64_t s, int64_t k, double m[4]) const {
    for (int n = 0; n < 4; ++n) m[n] = 0;
    const double root = std::sqrt(advance_.beta2);
    double weight = 1;
    double a = 1;
    for (int64_t j = 1; j <= k && j <= terms_; ++j) {
      weight *= advance_.beta1;
      a *= root;
      double term = rate(s + j) * weight;
      for (int n = 0; n < 4; ++n, term *= a) m[n] += term;
    }
  }

  double factor(int64_t steps_done) const {
    const double periods =
        static_cast<double>(steps_done) / static_cast<double>(advance_.period);
    switch (advance_.schedule) {
      case REFRAIN_SCHEDULE_EXPONENTIAL:
        return std::pow(advance_.rate, advance_.staircase ? std::floor(periods) : periods);
      case REFRAIN_SCHEDULE_COSINE:
        return advance_.floor_factor +
               (1.0 - advance_.floor_factor) / 2.0 *
                   (1.0 + std::cos(3.14159265358979323846 * (periods < 1.0 ? periods : 1.0)));
      case REFRAIN_SCHEDULE_STEP:
        return std::pow(advance_.rate, std::floor(periods));
      default:
        return 1.0;
    }
  }

  const refrain_advance_args& advance_;
  const double* const table_;
  const int64_t steps_;
  const int64_t terms_;
  const bool settled_;
  const double* const powers_;
  const double* const moments_;
  const double* const rates_;
};

}  // namespace refrain::REFRAIN_TARGET
