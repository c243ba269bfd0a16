// The emulated products of fragments beside plain loops. The layout is written here a second time, from
// the tables of the PTX ISA (mma.m16n8k8 with .tf32, mma.m16n8k16 with .bf16).
#include "cuda/mma.cuh"

#include <cmath>
#include <vector>

#include "check.h"
#include "cuda/launch.cuh"

namespace {

using refrain::cuda::Bf16;
using refrain::cuda::Tf32;

struct Index {
  int row, column;
};

// Of element i of lane's part of A: row = group for a0 and a2, ...
Index tf32_a(int lane, int i) {
  const int group = lane >> 2, place = lane & 3;
  return {i == 0 || i == 2 ? group : group + 8, i < 2 ? place : place + 4};
}
Index tf32_b(int lane, int i) { return {i == 0 ? lane & 3 : (lane & 3) + 4, lane >> 2}; }

Index bf16_a(int lane, int i) {
  const int group = lane >> 2, place = lane & 3;
  const bool upper = i < 2 || (i >= 4 && i < 6);
  return {upper ? group : group + 8, place * 2 + (i & 1) + (i < 4 ? 0 : 8)};
}
Index bf16_b(int lane, int i) {
  return {(lane & 3) * 2 + (i & 1) + (i < 2 ? 0 : 8), lane >> 2};
}

Index of_c(int lane, int i) { return {i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane & 3) * 2 + (i & 1)}; }

constexpr int kRows = 16;
constexpr int kColumns = 8;

template <class Numbers>
__global__ void mma_kernel(const float* a, const float* b, float* c) {
  constexpr int kElements = Numbers::kElementsOfWord;
  constexpr int kDepth = 8 * kElements;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  uint32_t fragment_a[4];
  uint32_t fragment_b[2];
  float sums[4];
  for (int i = 0; i < 4; ++i) {
    float values[kElements];
    for (int e = 0; e < kElements; ++e) {
      const Index at = kElements == 1 ? tf32_a(lane, i) : bf16_a(lane, 2 * i + e);
      values[e] = a[at.row * kDepth + at.column];
    }
    fragment_a[i] = Numbers::pack(values);
    const Index at = of_c(lane, i);
    sums[i] = c[at.row * kColumns + at.column];
  }
  for (int i = 0; i < 2; ++i) {
    float values[kElements];
    for (int e = 0; e < kElements; ++e) {
      const Index at = kElements == 1 ? tf32_b(lane, i) : bf16_b(lane, 2 * i + e);
      values[e] = b[at.row * kColumns + at.column];
    }
    fragment_b[i] = Numbers::pack(values);
  }
  Numbers::multiply(sums, fragment_a, fragment_b);
  // Again, so that what lanes exchange is not read late.
  Numbers::multiply(sums, fragment_a, fragment_b);
  for (int i = 0; i < 4; ++i) {
    const Index at = of_c(lane, i);
    c[at.row * kColumns + at.column] = sums[i];
  }
}

template <class Numbers>
void check_mma(double unit, bool integers) {
  constexpr int kDepth = 8 * Numbers::kElementsOfWord;
  std::vector<float> a(kRows * kDepth), b(kDepth * kColumns), c(kRows * kColumns);
  int value = 1;
  for (std::vector<float>* array : {&a, &b, &c}) {
    for (float& element : *array) {
      value = (value * 137 + 71) % 1009;
      element = integers ? static_cast<float>(value % 9 - 4)
                         : static_cast<float>(value - 504) / 377.0f;
    }
  }
  std::vector<float> result = c;
  CHECK(refrain::cuda::launch_kernel(mma_kernel<Numbers>, dim3(1), dim3(32), 0, nullptr,
                                     refrain::cuda::Meeting::kNever, 1, a.data(), b.data(),
                                     result.data()) == cudaSuccess);
  double worst = 0.0;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      double sum = c[row * kColumns + column];
      double magnitude = std::fabs(sum);
      for (int k = 0; k < kDepth; ++k) {
        const double term = 2.0 * a[row * kDepth + k] * b[k * kColumns + column];
        sum += term;
        magnitude += std::fabs(term);
      }
      const double error = std::fabs(result[row * kColumns + column] - sum);
      // Two rounded factors, and 2 kDepth + 1 float32 sums.
      const double bound =
          (2.0 * unit + unit * unit + (2.0 * kDepth + 1.0) * 0x1p-24) * magnitude;
      CHECK(error <= (integers ? 0.0 : bound));
      worst = std::fmax(worst, error / magnitude);
    }
  }
  if (!integers) CHECK(worst > unit / 16.0);
}

float tf32_of(float value) {
  const uint32_t word = Tf32::pack(&value);
  float result;
  std::memcpy(&result, &word, sizeof result);
  return result;
}

float bf16_of(float value) {
  const float pair[2] = {value, 3.0f};
  const uint32_t word = Bf16::pack(pair);
  CHECK(word >> 16 == 0x4040);
  const uint32_t bits = word << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

void check_rounding() {
  // Halfway: away from zero in TF32, to even in BF16.
  CHECK(tf32_of(1.0f + 0x1p-11f) == 1.0f + 0x1p-10f);
  CHECK(tf32_of(-1.0f - 0x1p-11f) == -1.0f - 0x1p-10f);
  CHECK(tf32_of(1.0f + 0x1p-11f - 0x1p-23f) == 1.0f);
  CHECK(tf32_of(2047.0f) == 2047.0f);
  CHECK(bf16_of(1.0f + 0x1p-8f) == 1.0f);
  CHECK(bf16_of(1.0f + 3 * 0x1p-8f) == 1.0f + 0x1p-6f);
  CHECK(bf16_of(1.0f + 0x1p-8f + 0x1p-23f) == 1.0f + 0x1p-7f);
  CHECK(bf16_of(-255.0f) == -255.0f);
  CHECK(std::isinf(bf16_of(3.4e38f)) && std::isinf(tf32_of(3.4028e38f)));
  CHECK(bf16_of(INFINITY) == INFINITY && tf32_of(-INFINITY) == -INFINITY);
  uint32_t low_nan = 0x7f800001;
  float nan;
  std::memcpy(&nan, &low_nan, sizeof nan);
  CHECK(std::isnan(bf16_of(nan)) && std::isnan(tf32_of(nan)));
}

}  // namespace

int main() {
  check_rounding();
  for (const uint32_t seed : {0u, 1u, 2u}) {
    refrain::emulator::set_seed(seed);
    for (const bool integers : {false, true}) {
      check_mma<Tf32>(1.0 / 2048, integers);
      check_mma<Bf16>(1.0 / 256, integers);
    }
  }
  return refrain::test::report();
}
