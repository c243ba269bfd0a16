#include "cpu/weight_gradient.h"

#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// Pieces begin at multiples of this, whole vectors on every instruction set.
constexpr int64_t kGrain = 16;
constexpr int64_t kMostRows = 512;
constexpr int64_t kBlockOfSum = 32;

int64_t vectors(int64_t floats) { return divide_up(floats, kLanes); }

}  // namespace

WeightGradient::WeightGradient(int64_t m, int64_t n, int64_t wanted_pieces) : m_(m), n_(n) {
  const int64_t grains = divide_up(m, kGrain);
  rows_ = smaller(divide_up(grains, wanted_pieces) * kGrain, kMostRows);
  transposes_ = n * vectors(m) < m * vectors(n);
}

int64_t WeightGradient::pieces() const { return divide_up(m_, rows_); }

int64_t WeightGradient::scratch_size() const {
  const int64_t rows = smaller(rows_, m_);
  return transposes_ ? n_ * rows + transposed_scratch_size(n_, rows)
                     : transposed_scratch_size(rows, n_);
}

void WeightGradient::run(int64_t piece, Start start, int64_t k, const float* a, int64_t a_stride,
                         const float* b, int64_t b_stride, float* dw, float* scratch) const {
  const int64_t first = piece * rows_;
  const int64_t rows = smaller(rows_, m_ - first);
  float* target = dw + first * n_;
  if (!transposes_) {
    multiply_transposed(
        {rows, n_, k, a + first, a_stride, b, b_stride, target, n_, start}, scratch);
    return;
  }
  float* transpose = scratch;
  for (int64_t i = 0; start == Start::kC && i < rows; ++i) {
    for (int64_t j = 0; j < n_; ++j) transpose[j * rows + i] = target[i * n_ + j];
  }
  multiply_transposed({n_, rows, k, b, b_stride, a + first, a_stride, transpose, rows, start},
                      scratch + n_ * rows);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < n_; ++j) target[i * n_ + j] = transpose[j * rows + i];
  }
}

namespace {

// Sums of kWide neighbouring vectors at once: one addition after the other has a latency to hide.
template <int kWide>
void sum_vectors(int64_t k, const float* a, int64_t stride, float* sums, int last_lanes) {
  Vec total[kWide];
  for (int v = 0; v < kWide; ++v) total[v] = zero();
  for (int64_t begin = 0; begin < k; begin += kBlockOfSum) {
    const int64_t end = smaller(begin + kBlockOfSum, k);
    Vec block[kWide];
    for (int v = 0; v < kWide; ++v) block[v] = zero();
    for (int64_t row = begin; row < end; ++row) {
      const float* from = a + row * stride;
      for (int v = 0; v < kWide; ++v) {
        const int lanes = v == kWide - 1 ? last_lanes : kLanes;
        block[v] = block[v] + load_lanes(from + v * kLanes, lanes);
      }
    }
    for (int v = 0; v < kWide; ++v) total[v] = total[v] + block[v];
  }
  for (int v = 0; v < kWide; ++v) {
    const int lanes = v == kWide - 1 ? last_lanes : kLanes;
    store_lanes(sums + v * kLanes, total[v], lanes);
  }
}

}  // namespace

void column_sums(int64_t k, const float* a, int64_t stride, int64_t columns, float* sums) {
  constexpr int kWide = 4;
  int64_t column = 0;
  for (; column + kWide * kLanes <= columns; column += kWide * kLanes) {
    sum_vectors<kWide>(k, a + column, stride, sums + column, kLanes);
  }
  for (; column < columns; column += kLanes) {
    sum_vectors<1>(k, a + column, stride, sums + column,
                   static_cast<int>(smaller(kLanes, columns - column)));
  }
}

}  // namespace refrain::REFRAIN_TARGET
