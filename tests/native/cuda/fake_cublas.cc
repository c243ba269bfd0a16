// Stands in for cuBLAS under the emulator.
#include <set>
#include <tuple>

#include "cuda/cublas_calls.h"
#include "fake_library.h"

namespace refrain::cuda {

struct cublasContext {
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;
  size_t workspace_bytes = 0;
  bool host_pointers = false;
  bool deterministic = false;
  // Kernels that have been loaded: which must not happen within a capture.
  // One for each shape, addition to C, and alignment.
  std::set<std::tuple<int, int, int64_t, int64_t, int64_t, bool, int, int, int>> loaded;
};

namespace {

constexpr cublasStatus_t kBad = CUBLAS_STATUS_INVALID_VALUE;

// All of it column by column, as cuBLAS has it.
struct Gemm {
  bool a_transposed, b_transposed;
  int64_t m, n, k;
  const float* a;
  int64_t a_stride;
  const float* b;
  int64_t b_stride;
  float* c;
  int64_t c_stride;
  float alpha, beta;

  void operator()() const {
    for (int64_t column = 0; column < n; ++column) {
      for (int64_t row = 0; row < m; ++row) {
        double sum = 0.0;
        for (int64_t i = 0; i < k; ++i) {
          const float from_a = a_transposed ? a[i + row * a_stride] : a[row + i * a_stride];
          const float from_b = b_transposed ? b[column + i * b_stride] : b[i + column * b_stride];
          sum += static_cast<double>(from_a) * from_b;
        }
        float& target = c[row + column * c_stride];
        // What C holds does not count where beta is 0: it may be a NaN.
        target = static_cast<float>(beta == 0.0f ? alpha * sum : alpha * sum + beta * target);
      }
    }
  }
};

int64_t gemm_calls = 0;
fake::Refusal refusal;

size_t bytes_of(int64_t rows, int64_t columns, int64_t stride) {
  return static_cast<size_t>((columns - 1) * stride + rows) * sizeof(float);
}

}  // namespace

extern "C" {

REFRAIN_API int64_t fake_cublas_calls() { return gemm_calls; }

REFRAIN_API void fake_cublas_refuse(const char* function) { refusal.plan(function); }

REFRAIN_API cublasStatus_t cublasGetProperty(cublasPropertyType_t type, int* value) {
  *value = type == MAJOR_VERSION ? 13 : (type == MINOR_VERSION ? 2 : 1);
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "the stand-in refuses this call";
}

REFRAIN_API cublasStatus_t cublasCreate_v2(cublasContext** handle) {
  if (refusal.is_due("cublasCreate")) return kBad;
  DEMAND(emulator::wait_for_device(), kBad);
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasDestroy_v2(cublasContext* handle) {
  delete handle;
  DEMAND(emulator::wait_for_device(), kBad);  // as the manual says that it does
  return refusal.is_due("cublasDestroy") ? kBad : CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasSetStream_v2(cublasContext* handle, cudaStream_t stream) {
  handle->stream = stream;
  handle->workspace = nullptr;  // as the manual says: back to its own
  handle->workspace_bytes = 0;
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasSetWorkspace_v2(cublasContext* handle, void* workspace,
                                                 size_t size_bytes) {
  DEMAND(fake::on_device(workspace, size_bytes) && fake::aligned(workspace, 256), kBad);
  handle->workspace = workspace;
  handle->workspace_bytes = size_bytes;
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasSetPointerMode_v2(cublasContext* handle,
                                                   cublasPointerMode_t mode) {
  handle->host_pointers = mode == CUBLAS_POINTER_MODE_HOST;
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasSetMathMode(cublasContext*, cublasMath_t mode) {
  DEMAND(mode == CUBLAS_DEFAULT_MATH, kBad);
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasSetAtomicsMode(cublasContext* handle, cublasAtomicsMode_t mode) {
  handle->deterministic = mode == CUBLAS_ATOMICS_NOT_ALLOWED;
  return CUBLAS_STATUS_SUCCESS;
}

REFRAIN_API cublasStatus_t cublasGemmEx_64(cublasContext* handle, cublasOperation_t a_operation,
                                           cublasOperation_t b_operation, int64_t m, int64_t n,
                                           int64_t k, const void* alpha, const void* a,
                                           cublasDataType_t a_type, int64_t a_stride,
                                           const void* b, cublasDataType_t b_type,
                                           int64_t b_stride, const void* beta, void* c,
                                           cublasDataType_t c_type, int64_t c_stride,
                                           cublasComputeType_t compute,
                                           cublasGemmAlgo_t algorithm) {
  const bool a_transposed = a_operation == CUBLAS_OP_T;
  const bool b_transposed = b_operation == CUBLAS_OP_T;
  DEMAND(handle->stream != nullptr && handle->workspace_bytes >= 4 << 20, kBad);
  DEMAND(handle->host_pointers && handle->deterministic, kBad);
  DEMAND(m > 0 && n > 0 && k > 0, kBad);
  DEMAND(a_type == CUDA_R_32F && b_type == CUDA_R_32F && c_type == CUDA_R_32F, kBad);
  DEMAND(compute == CUBLAS_COMPUTE_32F && algorithm == CUBLAS_GEMM_DEFAULT, kBad);
  DEMAND(a_stride >= (a_transposed ? k : m), kBad);
  DEMAND(b_stride >= (b_transposed ? n : k), kBad);
  DEMAND(c_stride >= m, kBad);
  DEMAND(fake::on_device(a, a_transposed ? bytes_of(k, m, a_stride) : bytes_of(m, k, a_stride)),
         kBad);
  DEMAND(fake::on_device(b, b_transposed ? bytes_of(n, k, b_stride) : bytes_of(k, n, b_stride)),
         kBad);
  DEMAND(fake::on_device(c, bytes_of(m, n, c_stride)), kBad);
  const auto shift = [](const void* matrix) {
    return static_cast<int>(reinterpret_cast<uintptr_t>(matrix) % 16);
  };
  const bool first =
      handle->loaded
          .insert({a_operation, b_operation, m, n, k, *static_cast<const float*>(beta) != 0.0f,
                   shift(a), shift(b), shift(c)})
          .second;
  DEMAND(!first || !emulator::is_capturing(handle->stream), kBad);
  ++gemm_calls;
  emulator::enqueue(handle->stream,
                    Gemm{a_transposed, b_transposed, m, n, k, static_cast<const float*>(a),
                         a_stride, static_cast<const float*>(b), b_stride,
                         static_cast<float*>(c), c_stride, *static_cast<const float*>(alpha),
                         *static_cast<const float*>(beta)});
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"

}  // namespace refrain::cuda
