#include "cpu/weight_gradient.h"

#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// Pieces begin at multiples of this, whole vectors on every instruction set.
constexpr int64_t kGrain = 16;
constexpr int64_t kMostRows = 512;

int64_t vectors(int64_t floats) { return divide_up(floats, kLanes); }

// A piece of the gradient between scratch memory and the tensors it belongs to. In the scratch
// memory element (i, j) lies at i * row_stride + j * column_stride.
struct PieceLayout {
  int64_t row_stride;
  int64_t column_stride;
};

template <class Move>
void move_columns(const PieceLayout& layout, int64_t rows, int64_t first_column, int64_t columns,
                  float* scratch, float* tensor, Move&& move) {
  for (int64_t i = 0; i < rows; ++i) {
    float* from = scratch + i * layout.row_stride + first_column * layout.column_stride;
    float* to = tensor + i * columns;
    if (layout.column_stride == 1) {
      for (int64_t j = 0; j < columns; ++j) move(from[j], to[j]);
    } else {
      for (int64_t j = 0; j < columns; ++j) move(from[j * layout.column_stride], to[j]);
    }
  }
}

template <class Move>
void move_piece(const PieceLayout& layout, int64_t first, int64_t rows,
                const WeightTargets& targets, float* scratch, Move&& move) {
  move_columns(layout, rows, 0, targets.left_columns, scratch,
               targets.left + first * targets.left_columns, move);
  if (targets.right == nullptr) return;
  move_columns(layout, rows, targets.left_columns, targets.right_columns, scratch,
               targets.right + first * targets.right_columns, move);
}

void add_bias(const WeightTargets& targets, int64_t first, int64_t rows, const float* sums) {
  for (float* bias : targets.biases) {
    if (bias == nullptr) continue;
    for (int64_t i = 0; i < rows; ++i) {
      bias[first + i] = targets.accumulate ? bias[first + i] + sums[i] : sums[i];
    }
  }
}

}  // namespace

WeightGradient::WeightGradient(int64_t m, int64_t n, int64_t wanted_pieces) : m_(m), n_(n) {
  const int64_t grains = divide_up(m, kGrain);
  rows_ = smaller(smaller(divide_up(grains, wanted_pieces) * kGrain, kMostRows), m);
  transposes_ = n * vectors(m) < m * vectors(n);
}

int64_t WeightGradient::pieces() const { return divide_up(m_, rows_); }

int64_t WeightGradient::scratch_size() const {
  const int64_t product_scratch =
      transposes_ ? transposed_scratch_size(n_, rows_) : transposed_scratch_size(rows_, n_);
  return rows_ + rows_ * n_ + product_scratch;
}

void WeightGradient::run(int64_t piece, const WeightOperands& o, const WeightTargets& targets,
                         float* scratch) const {
  const int64_t first = piece * rows_;
  const int64_t rows = smaller(rows_, m_ - first);
  const float* a = o.a + first;
  float* const sums = scratch;
  float* const c = sums + rows_;
  float* const product_scratch = c + rows_ * n_;
  const PieceLayout layout = transposes_ ? PieceLayout{1, rows} : PieceLayout{n_, 1};
  const Start start = targets.accumulate ? Start::kC : Start::kZero;
  if (targets.accumulate) {
    move_piece(layout, first, rows, targets, c, [](float& in, float& out) { in = out; });
  }
  const bool biased = targets.biases[0] != nullptr || targets.biases[1] != nullptr;
  if (biased) column_sums(o.k, a, o.a_stride, rows, sums);
  if (transposes_) {
    multiply_transposed({n_, rows, o.k, o.b, o.b_stride, a, o.a_stride, c, rows, start},
                        product_scratch);
  } else {
    multiply_transposed({rows, n_, o.k, a, o.a_stride, o.b, o.b_stride, c, n_, start},
                        product_scratch);
  }
  move_piece(layout, first, rows, targets, c, [](float& in, float& out) { out = in; });
  if (biased) add_bias(targets, first, rows, sums);
}

}  // namespace refrain::REFRAIN_TARGET
