// What nce.h computes of single rows.
#pragma once

#include <cmath>
#include <cstdint>

#include "cpu/math.h"
#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {

// x . w by four chains, whose sums are added in a fixed order.
inline float dot(const float* x, const float* w, int64_t count) {
  constexpr int kChains = 4;
  Vec sum[kChains] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + kChains * kLanes <= count; i += kChains * kLanes) {
    for (int c = 0; c < kChains; ++c) {
      sum[c] = fma(load(x + i + c * kLanes), load(w + i + c * kLanes), sum[c]);
    }
  }
  for (int c = 0; i < count; i += kLanes, c = (c + 1) % kChains) {
    const int lanes = static_cast<int>(smaller(kLanes, count - i));
    sum[c] = fma(load_lanes(x + i, lanes), load_lanes(w + i, lanes), sum[c]);
  }
  float lane[kLanes];
  store(lane, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) lane[j] += lane[j + width];
  }
  return lane[0];
}

// to += factor * from
inline void add_scaled(float factor, const float* from, int64_t count, float* to) {
  const Vec f = broadcast(factor);
  for_vectors(count, [&](int64_t i, int lanes) {
    store_lanes(to + i, fma(f, load_lanes(from + i, lanes), load_lanes(to + i, lanes)), lanes);
  });
}

inline Softplus softplus(float x) { return softplus(broadcast(x)); }

inline float first_lane(Vec a) {
  float value;
  store_first(&value, a, 1);
  return value;
}

// to += terms; the largest of the sums, a NaN left aside.
inline float add_and_find_largest(const float* terms, int64_t count, float* to) {
  Vec of_lanes = broadcast(-INFINITY);
  float largest = -INFINITY;
  for_vectors(count, [&](int64_t i, int lanes) {
    const Vec sums = load_lanes(to + i, lanes) + load_lanes(terms + i, lanes);
    store_lanes(to + i, sums, lanes);
    if (lanes == kLanes) of_lanes = max(sums, of_lanes);
    for (int lane = 0; lanes < kLanes && lane < lanes; ++lane) {
      largest = to[i + lane] > largest ? to[i + lane] : largest;
    }
  });
  float lane[kLanes];
  store(lane, of_lanes);
  for (int i = 0; i < kLanes; ++i) largest = lane[i] > largest ? lane[i] : largest;
  return largest;
}

// Of a pair's logit and those of its candidates.
struct SoftmaxOfPair {
  double loss;
  float others;  // the candidates' probability
  float factor;  // times e^(l - largest): that of one candidate
};

// `others` is the sum of the candidates' e^(l - largest).
inline SoftmaxOfPair softmax_of_pair(float logit, float largest, double others) {
  if (logit >= largest) {
    const double shrink = std::exp(static_cast<double>(largest) - logit);
    const double rest = others * shrink;
    return {std::log1p(rest), static_cast<float>(rest / (1 + rest)),
            static_cast<float>(shrink / (1 + rest))};
  }
  const double below = static_cast<double>(largest) - logit;
  const double total = std::exp(-below) + others;
  return {std::log(total) + below, static_cast<float>(others / total),
          static_cast<float>(1 / total)};
}

}  // namespace refrain::REFRAIN_TARGET
