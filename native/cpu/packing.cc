#include "cpu/packing.h"

#include "cpu/gemm.h"

namespace refrain::REFRAIN_TARGET {

int64_t Packing::add(ScratchLayout& slot, Matrix matrix) {
  matrix.packed = slot.take(packed_size(matrix.k, matrix.n));
  matrices_[count_++] = matrix;
  return matrix.packed;
}

int64_t Packing::add_transposed(ScratchLayout& slot, int64_t parameter, int64_t rows,
                                int64_t columns) {
  return add(slot, {parameter, columns, columns, rows, true, 0});
}

int64_t Packing::add(ScratchLayout& slot, int64_t parameter, int64_t rows, int64_t columns) {
  return add(slot, {parameter, columns, rows, columns, false, 0});
}

int64_t Packing::pieces() const {
  int64_t pieces = 0;
  for (int i = 0; i < count_; ++i) pieces += panel_count(matrices_[i].n);
  return pieces;
}

double Packing::work() const {
  double elements = 0;
  for (int i = 0; i < count_; ++i) {
    elements += static_cast<double>(matrices_[i].k) * static_cast<double>(matrices_[i].n);
  }
  return elements;
}

void Packing::run(int64_t piece, const float* parameters, float* slot) const {
  for (int i = 0; i < count_; ++i) {
    const Matrix& m = matrices_[i];
    const int64_t panels = panel_count(m.n);
    if (piece < panels) {
      const auto function = m.transposed ? pack_transposed : pack;
      function(parameters + m.parameter, m.stride, m.k, m.n, piece, piece + 1, slot + m.packed);
      return;
    }
    piece -= panels;
  }
}

}  // namespace refrain::REFRAIN_TARGET
