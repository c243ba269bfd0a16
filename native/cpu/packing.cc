#include "cpu/packing.h"

#include <cstring>

#include "cpu/panel.h"

namespace refrain::REFRAIN_TARGET {
namespace {

typedef float Four __attribute__((vector_size(16)));

// to[i * to_stride + j] = from[j * stride + i] for four rows j of k elements.
void transpose_four(const float* from, int64_t stride, int64_t k, float* to, int64_t to_stride) {
  int64_t i = 0;
  for (; i + 4 <= k; i += 4) {
    Four a, b, c, d;
    std::memcpy(&a, from + i, sizeof a);
    std::memcpy(&b, from + stride + i, sizeof b);
    std::memcpy(&c, from + 2 * stride + i, sizeof c);
    std::memcpy(&d, from + 3 * stride + i, sizeof d);
    const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const Four rows[4] = {__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
                          __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
    for (int r = 0; r < 4; ++r) std::memcpy(to + (i + r) * to_stride, &rows[r], sizeof rows[r]);
  }
  for (; i < k; ++i) {
    for (int j = 0; j < 4; ++j) to[i * to_stride + j] = from[j * stride + i];
  }
}

}  // namespace

void pack(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first, int64_t last,
          float* packed) {
  const Panels panels(n);
  for (int64_t i = first; i < last; ++i) {
    const Panel p = panels[i];
    const float* from = b + p.column;
    float* to = packed + p.column * k;
    for (int64_t row = 0; row < k; ++row, from += stride) {
      for (int v = 0; v < p.vectors - 1; ++v, to += kLanes) store(to, load(from + v * kLanes));
      store(to, load_lanes(from + (p.vectors - 1) * kLanes, p.last_lanes));
      to += kLanes;
    }
  }
}

void pack_transposed(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first,
                     int64_t last, float* packed, int64_t row, int64_t packed_k) {
  const Panels panels(n);
  for (int64_t i = first; i < last; ++i) {
    const Panel p = panels[i];
    const int64_t width = p.vectors * kLanes;
    const int64_t columns = width - kLanes + p.last_lanes;
    const float* from = b + p.column * stride;
    float* to = packed + p.column * packed_k + row * width;
    int64_t column = 0;
    for (; column + 4 <= columns; column += 4) {
      transpose_four(from + column * stride, stride, k, to + column, width);
    }
    for (; column < width; ++column) {
      for (int64_t j = 0; j < k; ++j) {
        to[j * width + column] = column < columns ? from[column * stride + j] : 0.0f;
      }
    }
  }
}

int64_t Packing::add(ScratchLayout& slot, Matrix matrix) {
  matrix.packed = slot.take(packed_size(matrix.k(), matrix.n()));
  matrices_[count_++] = matrix;
  return matrix.packed;
}

int64_t Packing::add_transposed(ScratchLayout& slot, const Weights& weights) {
  return add(slot, Matrix{Form::kTransposed, weights, {0, 0, 0}, 0});
}

int64_t Packing::add_transposed(ScratchLayout& slot, const Weights& of_x, const Weights& of_h) {
  return add(slot, Matrix{Form::kTransposed, of_x, of_h, 0});
}

int64_t Packing::add(ScratchLayout& slot, const Weights& weights) {
  return add(slot, Matrix{Form::kAsIs, weights, {0, 0, 0}, 0});
}

int64_t Packing::pieces() const {
  int64_t pieces = 0;
  for (int i = 0; i < count_; ++i) pieces += Panels(matrices_[i].n()).count();
  return pieces;
}

double Packing::elements() const {
  double elements = 0;
  for (int i = 0; i < count_; ++i) {
    elements += static_cast<double>(matrices_[i].k()) * static_cast<double>(matrices_[i].n());
  }
  return elements;
}

void Packing::run(int64_t piece, const float* parameters, float* slot) const {
  for (int i = 0; i < count_; ++i) {
    const Matrix& m = matrices_[i];
    const int64_t panels = Panels(m.n()).count();
    if (piece >= panels) {
      piece -= panels;
      continue;
    }
    float* packed = slot + m.packed;
    const float* first = parameters + m.first.offset;
    if (m.form == Form::kAsIs) {
      return pack(first, m.first.columns, m.k(), m.n(), piece, piece + 1, packed);
    }
    pack_transposed(first, m.first.columns, m.first.columns, m.n(), piece, piece + 1, packed, 0,
                    m.k());
    if (m.second.columns == 0) return;
    return pack_transposed(parameters + m.second.offset, m.second.columns, m.second.columns,
                           m.n(), piece, piece + 1, packed, m.first.columns, m.k());
  }
}

}  // namespace refrain::REFRAIN_TARGET
