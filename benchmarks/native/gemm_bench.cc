// Matrix products beside the peak of a loop that does nothing but multiply-adds, both on one
// core and in turns, the best of many short rounds. 2 m n k floating-point operations each.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "cpu/gemm.h"
#include "cpu/packing.h"
#include "cpu/panel.h"
#include "fma_peak.h"

namespace refrain::REFRAIN_TARGET {
namespace {

template <class Body>
void measure(const char* name, int64_t m, int64_t k, int64_t n, Body&& body) {
  const double flops = 2.0 * static_cast<double>(m * n * k);
  const int repeats = static_cast<int>(std::max(1.0, 3e7 / flops));
  double peak = 0;
  double speed = 0;
  for (int round = 0; round < 60; ++round) {
    peak = std::max(peak, peak_gflops());
    const double begin = now();
    for (int i = 0; i < repeats; ++i) body();
    speed = std::max(speed, flops * repeats / (now() - begin) * 1e-9);
    if (flops > 1e9) round += 10;
  }
  std::printf("  %-12s m=%-5lld k=%-5lld n=%-5lld %8.1f GFLOP/s %5.1f %% of %.0f\n", name,
              static_cast<long long>(m), static_cast<long long>(k), static_cast<long long>(n),
              speed, 100 * speed / peak, peak);
}

void measure_product(int64_t m, int64_t k, int64_t n) {
  std::vector<float> a(m * k, 0.5f), b(k * n, 0.25f), packed(packed_size(k, n)), c(m * n);
  pack(b.data(), n, k, n, 0, Panels(n).count(), packed.data());
  const Product product = {m, n, k, a.data(), k, packed.data(), k, c.data(), n, Start::kZero,
                           nullptr};
  measure("A B", m, k, n, [&] { multiply(product); });
}

void measure_transposed(int64_t m, int64_t k, int64_t n) {
  std::vector<float> a(m * k, 0.5f), b(k * n, 0.25f), c(m * n);
  std::vector<float> scratch(transposed_scratch_size(m, n));
  const TransposedProduct product = {m, n, k, a.data(), m, b.data(), n, c.data(), n,
                                     Start::kZero};
  measure("A^T B", m, k, n, [&] { multiply_transposed(product, scratch.data()); });
}

}  // namespace

void run_gemm_bench() {
  std::printf("%d lanes, one core, peak %.1f GFLOP/s\n", kLanes, peak_gflops());
  for (int64_t m : {1, 4, 12, 25, 50}) measure_product(m, 100, 400);
  for (int64_t m : {12, 25, 50}) measure_product(m, 400, 100);
  for (int64_t m : {12, 25, 50}) measure_product(m, 100, 100);
  for (int64_t m : {12, 32, 64}) measure_product(m, 512, 2048);
  for (int64_t m : {32, 64}) measure_product(m, 2048, 512);
  measure_product(6400, 64, 2048);
  measure_transposed(400, 1000, 100);
  measure_transposed(100, 1000, 100);
  measure_transposed(200, 1000, 100);
  measure_transposed(400, 11, 100);
  measure_transposed(1, 1000, 400);
  measure_transposed(2048, 6400, 512);
  measure_transposed(2048, 6400, 64);
}

}  // namespace refrain::REFRAIN_TARGET
