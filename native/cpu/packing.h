// Bringing matrices into the packed form (panel.h) that products read.
#pragma once

#include <cstdint>

#include "cpu/phases.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// Packs panels first..last-1 of b[k,n] (row stride `stride`).
void pack(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first, int64_t last,
          float* packed);

// Packs the transpose of b[n,k] into rows row..row+k-1 of a packed matrix of `packed_k` rows.
void pack_transposed(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first,
                     int64_t last, float* packed, int64_t row, int64_t packed_k);

// The weight matrices that a call packs, in the scratch memory of a group.
class Packing {
 public:
  // A parameter [rows, columns] that lies `offset` floats into a group's parameters.
  struct Weights {
    int64_t offset;
    int64_t rows;
    int64_t columns;
  };

  // For products with the transpose of the weights. Returns where the packed matrix will be in
  // the scratch memory.
  int64_t add_transposed(ScratchLayout& slot, const Weights& weights);
  // For products of rows [x | h] with the transposes of two weights, which have equally many rows.
  int64_t add_transposed(ScratchLayout& slot, const Weights& of_x, const Weights& of_h);
  // For products with the weights as they are.
  int64_t add(ScratchLayout& slot, const Weights& weights);

  // A piece is a panel of one of the matrices.
  int64_t pieces() const;
  // Elements of all matrices.
  double elements() const;
  void run(int64_t piece, const float* parameters, float* slot) const;

 private:
  enum class Form { kAsIs, kTransposed };
  struct Matrix {
    Form form;
    Weights first;
    Weights second;  // of zero columns: absent
    int64_t packed;

    int64_t k() const { return form == Form::kAsIs ? first.rows : first.columns + second.columns; }
    int64_t n() const { return form == Form::kAsIs ? first.columns : first.rows; }
  };
  int64_t add(ScratchLayout& slot, Matrix matrix);

  static constexpr int kMost = 4;
  Matrix matrices_[kMost];
  int count_ = 0;
};

}  // namespace refrain::REFRAIN_TARGET
