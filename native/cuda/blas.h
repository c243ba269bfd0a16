// Matrix products by cuBLAS, where it is found and the product is large.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <tuple>

#include "cuda/cublas_calls.h"
#include "cuda/product.cuh"

namespace refrain::cuda {

// One product of matrices that lie row after row, with alpha = 1.
struct BlasProduct {
  bool a_transposed;
  bool b_transposed;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  bool adds;  // to what C holds
};

// cuBLAS with the state of an engine: its stream, and workspace of the engine's memory.
class Blas {
 public:
  explicit Blas(const CublasCalls& calls) : calls_(calls) {}
  ~Blas();
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;

  // Prepares the first product of its kind: all that a capture forbids. Then, unless the engine is
  // measuring, enqueues it. On failure the operation has failed with a message.
  void prepare(Engine& engine, const char* name, const BlasProduct& product, const float* a,
               const float* b, const float* c);
  void multiply(Engine& engine, const char* name, const BlasProduct& product, const float* a,
                const float* b, float* c);

 private:
  bool open(Engine& engine, const char* name);
  bool passed(Engine& engine, const char* name, const char* call, cublasStatus_t status);
  void warm_up(Engine& engine, const char* name, const BlasProduct& product,
               const std::array<int64_t, 3>& shifts);

  const CublasCalls& calls_;
  cublasContext* handle_ = nullptr;
  // Of products that have run all that cuBLAS may choose a kernel by: transpositions, shape,
  // strides, whether C is added to, and how far the matrices are from an aligned address.
  using Kind = std::tuple<bool, bool, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, bool,
                          std::array<int64_t, 3>>;
  std::set<Kind> warm_;
};

// Whether cuBLAS does this product. Does not look at the number of groups.
bool blas_takes(const Engine& engine, const Product& product);
void multiply_by_blas(Engine& engine, const char* name, const Product& product);

}  // namespace refrain::cuda
