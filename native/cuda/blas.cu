#include "cuda/blas.h"

#include "cuda/elementwise.cuh"
#include "cuda/vendor.h"
#include "refrain/context.h"

namespace refrain::cuda {
namespace {

// Where a product is too small, a launch for each group costs more than cuBLAS saves: 2^24 terms
// take the 1-2 microseconds of a launch at 20 TFLOP/s. Not measured on a device yet.
constexpr int64_t kFewestTerms = int64_t{1} << 24;
constexpr int64_t kSmallestSide = 32;

// NVIDIA's advice for compute capability 9.0; older devices are content with 4 MiB.
constexpr int64_t kWorkspaceBytes = int64_t{32} << 20;

struct FillWithBias {
  int64_t columns;
  refrain_view bias;
  refrain_view c;
  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t column = i % columns;
    row_of(c, group, i / columns)[column] = row_of(bias, group, 0)[column];
  }
};

// FP32 is that of the default mode, which keeps every bit of the type asked for: no TF32.
cublasComputeType_t compute_type(int32_t precision) {
  switch (precision) {
    case REFRAIN_TF32:
      return CUBLAS_COMPUTE_32F_FAST_TF32;
    case REFRAIN_BF16:
      return CUBLAS_COMPUTE_32F_FAST_16BF;
    default:
      return CUBLAS_COMPUTE_32F;
  }
}

// Floats from an address of whole vectors to this one; 0 for scratch memory that is not there yet.
int64_t shift_of(Engine& engine, const float* matrix) {
  if (!engine.memory().holds(matrix, sizeof(float))) return 0;
  return static_cast<int64_t>(reinterpret_cast<uintptr_t>(matrix) % 16 / sizeof(float));
}

const float* group_of(const refrain_view& view, int64_t group) {
  return view.data + group * view.group_stride;
}

}  // namespace

Blas::~Blas() {
  if (handle_ != nullptr) calls_.cublasDestroy_v2(handle_);
}

bool Blas::passed(Engine& engine, const char* name, const char* call, cublasStatus_t status) {
  if (status == CUBLAS_STATUS_SUCCESS) return true;
  engine.set_failed(fail(REFRAIN_FAILED, "%s by cuBLAS: %s: %s (%d)", name, call,
                         calls_.cublasGetStatusString(status), static_cast<int>(status)));
  return false;
}

bool Blas::open(Engine& engine, const char* name) {
  if (handle_ != nullptr) return true;
  // The engine's own memory: cuBLAS would allocate under a capture. It stays until the engine is
  // closed.
  int status = REFRAIN_OK;
  void* workspace = engine.memory().allocate_for_engine(kWorkspaceBytes, &status);
  if (workspace == nullptr) {
    engine.set_failed(status);
    return false;
  }
  if (!passed(engine, name, "cublasCreate", calls_.cublasCreate_v2(&handle_))) {
    handle_ = nullptr;
    engine.memory().release(workspace);
    return false;
  }
  // The stream first: setting it takes the workspace away.
  const bool ready = passed(engine, name, "cublasSetStream",
                calls_.cublasSetStream_v2(handle_, engine.stream())) &&
         passed(engine, name, "cublasSetWorkspace",
                calls_.cublasSetWorkspace_v2(handle_, workspace, kWorkspaceBytes)) &&
         passed(engine, name, "cublasSetPointerMode",
                calls_.cublasSetPointerMode_v2(handle_, CUBLAS_POINTER_MODE_HOST)) &&
         passed(engine, name, "cublasSetMathMode",
                calls_.cublasSetMathMode(handle_, CUBLAS_DEFAULT_MATH)) &&
         passed(engine, name, "cublasSetAtomicsMode",
                calls_.cublasSetAtomicsMode(handle_, CUBLAS_ATOMICS_NOT_ALLOWED));
  if (ready) return true;
  // Half opened it must not be used by the next product.
  calls_.cublasDestroy_v2(handle_);
  handle_ = nullptr;
  engine.memory().release(workspace);
  return false;
}

void Blas::multiply(Engine& engine, const char* name, const BlasProduct& p, const float* a,
                    const float* b, float* c) {
  if (engine.status() != REFRAIN_OK) return;
  const float alpha = 1.0f;
  const float beta = p.adds ? 1.0f : 0.0f;
  // Rows are cuBLAS's columns: it computes the transpose of C, [n,m], as that of B times that of A.
  const cublasStatus_t status = calls_.cublasGemmEx_64(
      handle_, p.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N,
      p.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N, p.n, p.m, p.k, &alpha, b, CUDA_R_32F,
      p.b_stride, a, CUDA_R_32F, p.a_stride, &beta, c, CUDA_R_32F, p.c_stride,
      compute_type(engine.precision()), CUBLAS_GEMM_DEFAULT);
  passed(engine, name, "cublasGemmEx", status);
}

// With matrices aligned as the real ones are: by that, too, cuBLAS chooses.
void Blas::warm_up(Engine& engine, const char* name, const BlasProduct& p,
                   const std::array<int64_t, 3>& shifts) {
  ScratchLayout layout;
  const int64_t a = layout.take((p.a_transposed ? p.k : p.m) * p.a_stride + shifts[0]) + shifts[0];
  const int64_t b = layout.take((p.b_transposed ? p.n : p.k) * p.b_stride + shifts[1]) + shifts[1];
  const int64_t c = layout.take(p.m * p.c_stride + shifts[2]) + shifts[2];
  int status = REFRAIN_OK;
  auto* memory = static_cast<float*>(
      engine.memory().allocate(layout.size() * static_cast<int64_t>(sizeof(float)), &status));
  if (memory == nullptr) {
    engine.set_failed(status);
    return;
  }
  multiply(engine, name, p, memory + a, memory + b, memory + c);
  const cudaError_t error = cudaStreamSynchronize(engine.stream());
  engine.memory().release(memory);
  if (error == cudaSuccess || engine.status() != REFRAIN_OK) return;
  engine.set_failed(fail(REFRAIN_FAILED, "%s by cuBLAS: %s (%s)", name, cudaGetErrorString(error),
                         cudaGetErrorName(error)));
}

void Blas::prepare(Engine& engine, const char* name, const BlasProduct& p, const float* a,
                   const float* b, const float* c) {
  if (engine.status() != REFRAIN_OK || !open(engine, name)) return;
  const std::array<int64_t, 3> shifts = {shift_of(engine, a), shift_of(engine, b),
                                         shift_of(engine, c)};
  const bool first = warm_.insert({p.a_transposed, p.b_transposed, p.m, p.n, p.k, p.a_stride,
                                   p.b_stride, p.c_stride, p.adds, shifts})
                         .second;
  // cuBLAS loads a kernel when it first runs it, which must not be within a capture.
  if (first && engine.measuring()) warm_up(engine, name, p, shifts);
}

bool blas_takes(const Engine& engine, const Product& p) {
  if (engine.vendor().blas() == nullptr) return false;
  if (p.m < kSmallestSide || p.n < kSmallestSide || p.k < kSmallestSide) return false;
  if (p.m * p.n * p.k < kFewestTerms) return false;
  return p.a.row_stride >= (p.a_transposed ? p.m : p.k) &&
         p.b.row_stride >= (p.b_transposed ? p.k : p.n) && p.c.row_stride >= p.n;
}

// One call a group: the way cuBLAS adds up depends on the number of products in a call, and a
// group's bits must not.
void multiply_by_blas(Engine& engine, const char* name, const Product& p) {
  Blas& blas = *engine.vendor().blas();
  const bool biased = p.start == Start::kBias && p.bias.data != nullptr;
  const BlasProduct product = {p.a_transposed,
                               p.b_transposed,
                               p.m,
                               p.n,
                               p.k,
                               p.a.row_stride,
                               p.b.row_stride,
                               p.c.row_stride,
                               biased || p.start == Start::kC};
  blas.prepare(engine, name, product, p.a.data, p.b.data, p.c.data);
  if (biased) for_each(engine, name, p.groups, p.m * p.n, FillWithBias{p.n, p.bias, p.c});
  if (engine.measuring()) return;
  for (int64_t group = 0; group < p.groups; ++group) {
    blas.multiply(engine, name, product, group_of(p.a, group), group_of(p.b, group),
                  p.c.data + group * p.c.group_stride);
  }
}

}  // namespace refrain::cuda
