// The speed of a loop that does nothing but multiply-adds: what any kernel is measured against.
#pragma once


#include "bench_clock.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// Chains enough to hide the latency of both units, all of them in registers.
double peak_gflops() {
  constexpr int kChains = 12;
  constexpr int kRounds = 50000;
  Vec sum[kChains];
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) sum[i] = broadcast(static_cast<float>(i));
  const Vec a = broadcast(0.999999f);
  const Vec b = broadcast(1e-6f);
  const double begin = now();
  for (int k = 0; k < kRounds; ++k) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sum[i] = fma(a, sum[i], b);
  }
  const double seconds = now() - begin;
  Vec total = sum[0];
#pragma GCC unroll 12
  for (int i = 1; i < kChains; ++i) total = total + sum[i];
  volatile float kept = 0.0f;
  float lanes[kLanes];
  store(lanes, total);
  for (int i = 0; i < kLanes; ++i) kept = kept + lanes[i];
  return 2.0 * kChains * kLanes * kRounds / seconds * 1e-9;
}

}  // namespace
}  // namespace refrain::REFRAIN_TARGET
