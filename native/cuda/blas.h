// Matrix products by cuBLAS, where it is found and the product is large.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
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

  // Why cuBLAS has no place in an engine with such a limit of memory; "" where it has, or there is no limit.
  static std::string refusal_under(int64_t memory_limit_bytes);

  // Opens cuBLAS at the first call, which is never within a capture. Null; or, from then on, why it cannot
  // be had, which the engine has noticed too: its own kernels then do the work.
  const char* refusal(Engine& engine);

  // Prepares the first product of its kind: all that a capture forbids. Then, unless the engine is
  // measuring, enqueues it. On failure the operation has failed with a message.
  void prepare(Engine& engine, const char* name, const Product& whole, const BlasProduct& product);
  void multiply(Engine& engine, const char* name, const BlasProduct& product, const float* a,
                const float* b, float* c);

  // Ends what was opened. The message of the status is that of the first call that failed.
  int close();

 private:
  // Where three matrices begin, in floats from an address of whole vectors.
  using Shifts = std::array<int64_t, 3>;

  std::string open(Engine& engine);
  cublasStatus_t create();
  bool passed(Engine& engine, const char* name, const char* call, cublasStatus_t status);
  std::string text_of(const char* call, cublasStatus_t status) const;
  void warm_up(Engine& engine, const char* name, const BlasProduct& product, const Shifts& shifts);

  const CublasCalls& calls_;
  cublasContext* handle_ = nullptr;
  std::string refusal_;
  // Of products that have run all that cuBLAS may choose a kernel by: transpositions, shape,
  // strides, whether C is added to, and how far the matrices are from an aligned address.
  using Kind = std::tuple<bool, bool, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, bool, Shifts>;
  std::set<Kind> warm_;
};

// Why cuBLAS does not do this product; null where it does. Does not look at the number of groups.
const char* blas_declines(Engine& engine, const Product& product);
void multiply_by_blas(Engine& engine, const char* name, const Product& product);

}  // namespace refrain::cuda
