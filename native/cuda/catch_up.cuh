// Gradient-free steps of Adam in O(1) an element, as rows_adam.h says.
#pragma once

#include <cuda_runtime.h>

#include "core/adam_moments.h"
#include "cuda/elementwise.cuh"
#include "refrain/rows_adam.h"

namespace refrain::cuda {

// What the steps s+1 .. s+k do to an element, by its scalars.
struct CatchUp {
  float displacement;  // A
  float mean;          // mu
  float second;        // c2
  float third;         // c3
  float decay_m;       // beta1^k
  float decay_v;       // beta2^k
};

// The table of adam_moments.h and what it does not cover.
struct AdamTable {
  refrain_advance_args advance;
  const double* table;

  __device__ int64_t steps() const { return static_cast<int64_t>(table[kTableSteps]); }
  __device__ int64_t terms() const { return static_cast<int64_t>(table[kTableTerms]); }
  __device__ bool one_by_one() const { return table[kTableOneByOne] != 0; }
  __device__ const double* moments(int64_t step) const {
    return table + kTableHeader + 2 * kTablePowers + 4 * smaller(step, steps());
  }
  __device__ bool covered(int64_t step) const {
    return step <= steps() || table[kTableSettled] != 0;
  }

  __device__ CatchUp catch_up(int64_t s, int64_t k, double base_rate) const {
    const double* powers = table + kTableHeader;
    const bool listed = k < kTablePowers;
    const double power1 =
        listed ? powers[2 * k] : pow(advance.beta1, static_cast<double>(k));
    const double root2 =
        listed ? powers[2 * k + 1] : pow(advance.beta2, 0.5 * static_cast<double>(k));
    double m[4] = {0, 0, 0, 0};
    if (covered(s + k)) {
      const double* from = moments(s);
      const double* to = moments(s + k);
      double q = power1;
      for (int n = 0; n < 4; ++n, q *= root2) m[n] = from[n] - q * to[n];
    } else {
      sum_moments(s, k, m);
    }
    const float decay_m = static_cast<float>(power1);
    const float decay_v = static_cast<float>(root2 * root2);
    if (!(m[0] > 0)) return {0.0f, 1.0f, 0.0f, 0.0f, decay_m, decay_v};
    const double mean = m[1] / m[0];
    const double square = m[2] / m[0];
    return {static_cast<float>(base_rate * m[0]),
            static_cast<float>(mean),
            static_cast<float>(square - mean * mean),
            static_cast<float>(m[3] / m[0] - 3 * mean * square + 2 * mean * mean * mean),
            decay_m,
            decay_v};
  }

  // lr_t for a base learning rate of 1.
  __device__ double rate(int64_t t) const {
    if (covered(t)) return moments(0)[4 * (steps() + 1) + smaller(t, steps())];
    const double step = static_cast<double>(t);
    return factor(t - 1) * sqrt(1.0 - pow(advance.beta2, step)) /
           (1.0 - pow(advance.beta1, step));
  }

 private:
  __device__ void sum_moments(int64_t s, int64_t k, double (&m)[4]) const {
    const double root = sqrt(advance.beta2);
    const int64_t last = smaller(k, terms());
    double weight = 1;
    double a = 1;
    for (int64_t j = 1; j <= last; ++j) {
      weight *= advance.beta1;
      a *= root;
      double term = rate(s + j) * weight;
      for (int n = 0; n < 4; ++n, term *= a) m[n] += term;
    }
  }

  __device__ double factor(int64_t steps_done) const {
    const double periods = static_cast<double>(steps_done) / static_cast<double>(advance.period);
    switch (advance.schedule) {
      case REFRAIN_SCHEDULE_EXPONENTIAL:
        return pow(advance.rate, advance.staircase ? floor(periods) : periods);
      case REFRAIN_SCHEDULE_COSINE:
        return advance.floor_factor +
               (1.0 - advance.floor_factor) / 2.0 *
                   (1.0 + cos(3.14159265358979323846 * (periods < 1.0 ? periods : 1.0)));
      case REFRAIN_SCHEDULE_STEP:
        return pow(advance.rate, floor(periods));
      default:
        return 1.0;
    }
  }
};

}  // namespace refrain::cuda
