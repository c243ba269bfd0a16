// The weight matrices that a call packs for its products (gemm.h), panel by panel, in the scratch
// memory of a group.
#pragma once

#include <cstdint>

#include "cpu/phases.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

class Packing {
 public:
  // For products with the transpose of a parameter [rows, columns] that lies `parameter` floats
  // into a group's parameters. Returns where the packed matrix will be in the scratch memory.
  int64_t add_transposed(ScratchLayout& slot, int64_t parameter, int64_t rows, int64_t columns);
  // For products with the parameter as it is.
  int64_t add(ScratchLayout& slot, int64_t parameter, int64_t rows, int64_t columns);

  // A piece is a panel of one of the matrices.
  int64_t pieces() const;
  double work() const;
  void run(int64_t piece, const float* parameters, float* slot) const;

 private:
  struct Matrix {
    int64_t parameter;
    int64_t stride;
    int64_t k;
    int64_t n;
    bool transposed;
    int64_t packed;
  };
  int64_t add(ScratchLayout& slot, Matrix matrix);

  static constexpr int kMost = 4;
  Matrix matrices_[kMost];
  int count_ = 0;
};

}  // namespace refrain::REFRAIN_TARGET
