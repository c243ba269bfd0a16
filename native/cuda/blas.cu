#include "cuda/blas.h"

#include <mutex>

#include "cuda/captures.h"
#include "cuda/elementwise.cuh"
#include "cuda/vendor.h"
#include "refrain/context.h"

namespace refrain::cuda {
namespace {

// Where a product is too small, a launch for each group costs more than cuBLAS saves: 2^24 terms
// take the 1-2 microseconds of a launch at 20 TFLOP/s. Not measured on a device yet.
constexpr int64_t kFewestTerms = int64_t{1} << 24;
constexpr int64_t kSmallestSide = 32;

// NVIDIA's advice for compute capability 9.0, and for older devices.
constexpr int64_t kWorkspaceBytes = int64_t{32} << 20;
constexpr int64_t kLeastWorkspaceBytes = int64_t{4} << 20;
// The workspace takes at most this part of an engine's memory.
constexpr int64_t kLimitInWorkspaces = 8;

// A fixed rule of device and limit: cuBLAS may choose by it, and so the bits may depend on it.
int64_t workspace_bytes(Engine& engine) {
  const int64_t limit = engine.memory().limit_bytes();
  const bool much = engine.capability() >= 90 &&
                    (limit == 0 || limit >= kLimitInWorkspaces * kWorkspaceBytes);
  return much ? kWorkspaceBytes : kLeastWorkspaceBytes;
}

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

// Floats from an address of whole vectors to this one. What a group's matrices begin at repeats after four
// groups, whatever their stride.
constexpr int64_t kShifts = 4;

int64_t shift_of(const float* matrix) {
  return static_cast<int64_t>(reinterpret_cast<uintptr_t>(matrix) % 16 / sizeof(float));
}

const float* group_of(const refrain_view& view, int64_t group) {
  return view.data + group * view.group_stride;
}

}  // namespace

Blas::~Blas() { close(); }

std::string Blas::text_of(const char* call, cublasStatus_t status) const {
  return std::string(call) + ": " + calls_.cublasGetStatusString(status) + " (" +
         std::to_string(static_cast<int>(status)) + ")";
}

int Blas::close() {
  if (handle_ == nullptr) return REFRAIN_OK;
  // It waits for the device, as its manual says.
  const std::unique_lock<std::shared_mutex> no_captures(captures());
  const cublasStatus_t status = calls_.cublasDestroy_v2(handle_);
  handle_ = nullptr;
  if (status == CUBLAS_STATUS_SUCCESS) return REFRAIN_OK;
  return fail(REFRAIN_FAILED, "ending cuBLAS: %s", text_of("cublasDestroy", status).c_str());
}

bool Blas::passed(Engine& engine, const char* name, const char* call, cublasStatus_t status) {
  if (status == CUBLAS_STATUS_SUCCESS) return true;
  engine.set_failed(fail(REFRAIN_FAILED, "%s by cuBLAS: %s", name, text_of(call, status).c_str()));
  return false;
}

std::string Blas::refusal_under(int64_t limit_bytes) {
  if (limit_bytes == 0 || limit_bytes >= kLimitInWorkspaces * kLeastWorkspaceBytes) return "";
  return "its workspace of " + std::to_string(kLeastWorkspaceBytes) +
         " bytes is more than an eighth of the memory limit of " + std::to_string(limit_bytes) +
         " bytes";
}

const char* Blas::refusal(Engine& engine) {
  if (handle_ == nullptr && refusal_.empty()) {
    refusal_ = open(engine);
    if (!refusal_.empty()) {
      engine.give_notice("cuBLAS is not used on " + engine.name() + ": " + refusal_ +
                         ": Refrain's own kernels do its work");
    }
  }
  return refusal_.empty() ? nullptr : refusal_.c_str();
}

cublasStatus_t Blas::create() {
  const std::unique_lock<std::shared_mutex> no_captures(captures());
  return calls_.cublasCreate_v2(&handle_);
}

// Returns why it cannot be had; "" if it can.
std::string Blas::open(Engine& engine) {
  // The engine's own memory: cuBLAS would allocate under a capture. It stays until the engine is
  // closed.
  const int64_t size_bytes = workspace_bytes(engine);
  void* workspace = engine.memory().allocate_for_engine(size_bytes);
  if (workspace == nullptr) return std::string("no room for its workspace: ") + last_error();
  cublasStatus_t status = create();
  if (status != CUBLAS_STATUS_SUCCESS) {
    // It takes memory of its own, which the pools may hold; what is refused now is refused for ever.
    cudaGetLastError();
    if (engine.memory().make_room() > 0) status = create();
  }
  const char* call = "cublasCreate";
  if (status != CUBLAS_STATUS_SUCCESS) handle_ = nullptr;
  const auto then = [&](const char* next, auto&& made) {
    if (status != CUBLAS_STATUS_SUCCESS) return;
    call = next;
    status = made();
  };
  // The stream first: setting it takes the workspace away.
  then("cublasSetStream", [&] { return calls_.cublasSetStream_v2(handle_, engine.stream()); });
  then("cublasSetWorkspace", [&] {
    return calls_.cublasSetWorkspace_v2(handle_, workspace, static_cast<size_t>(size_bytes));
  });
  then("cublasSetPointerMode",
       [&] { return calls_.cublasSetPointerMode_v2(handle_, CUBLAS_POINTER_MODE_HOST); });
  then("cublasSetMathMode",
       [&] { return calls_.cublasSetMathMode(handle_, CUBLAS_DEFAULT_MATH); });
  then("cublasSetAtomicsMode",
       [&] { return calls_.cublasSetAtomicsMode(handle_, CUBLAS_ATOMICS_NOT_ALLOWED); });
  if (status == CUBLAS_STATUS_SUCCESS) return "";
  // Half opened it must not be used by the next product. The first failure is the one to tell.
  close();
  engine.memory().release(workspace);
  cudaGetLastError();  // it was answered here, and must not show in the next launch
  return text_of(call, status);
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

// With matrices aligned as the real ones are: by that, too, cuBLAS chooses. A and B, which are only read,
// share their memory.
void Blas::warm_up(Engine& engine, const char* name, const BlasProduct& p, const Shifts& shifts) {
  const int64_t a_floats = (p.a_transposed ? p.k : p.m) * p.a_stride + shifts[0];
  const int64_t b_floats = (p.b_transposed ? p.n : p.k) * p.b_stride + shifts[1];
  ScratchLayout layout;
  const int64_t read = layout.take(larger(a_floats, b_floats));
  const int64_t c = layout.take(p.m * p.c_stride + shifts[2]) + shifts[2];
  int status = REFRAIN_OK;
  auto* memory = static_cast<float*>(
      engine.memory().allocate(layout.size() * static_cast<int64_t>(sizeof(float)), &status));
  if (memory == nullptr) {
    engine.set_failed(status);
    return;
  }
  multiply(engine, name, p, memory + read + shifts[0], memory + read + shifts[1], memory + c);
  const cudaError_t error = cudaStreamSynchronize(engine.stream());
  engine.memory().release(memory);
  if (error == cudaSuccess || engine.status() != REFRAIN_OK) return;
  engine.set_failed(fail(REFRAIN_FAILED, "%s by cuBLAS: %s (%s)", name, cudaGetErrorString(error),
                         cudaGetErrorName(error)));
}

void Blas::prepare(Engine& engine, const char* name, const Product& whole, const BlasProduct& p) {
  for (int64_t group = 0; group < smaller(whole.groups, kShifts); ++group) {
    if (engine.status() != REFRAIN_OK) return;
    const Shifts shifts = {shift_of(group_of(whole.a, group)), shift_of(group_of(whole.b, group)),
                           shift_of(group_of(whole.c, group))};
    const Kind kind = {p.a_transposed, p.b_transposed, p.m, p.n, p.k, p.a_stride,
                       p.b_stride, p.c_stride, p.adds, shifts};
    if (warm_.count(kind) != 0) continue;
    // cuBLAS loads a kernel when it first runs it, which must not be within a capture.
    if (engine.measuring()) warm_up(engine, name, p, shifts);
    if (engine.status() == REFRAIN_OK) warm_.insert(kind);
  }
}

const char* blas_declines(Engine& engine, const Product& p) {
  Blas* blas = engine.vendor().blas();
  if (blas == nullptr) return engine.vendor().cublas_reason().c_str();
  if (p.m < kSmallestSide || p.n < kSmallestSide || p.k < kSmallestSide) {
    return "a side is shorter than 32";
  }
  if (p.m * p.n * p.k < kFewestTerms) return "fewer than 2^24 terms";
  if (p.a.row_stride < (p.a_transposed ? p.m : p.k) ||
      p.b.row_stride < (p.b_transposed ? p.k : p.n) || p.c.row_stride < p.n) {
    return "rows overlap";
  }
  return blas->refusal(engine);
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
  blas.prepare(engine, name, p, product);
  if (biased) for_each(engine, name, p.groups, p.m * p.n, FillWithBias{p.n, p.bias, p.c});
  if (engine.measuring()) return;
  for (int64_t group = 0; group < p.groups; ++group) {
    blas.multiply(engine, name, product, group_of(p.a, group), group_of(p.b, group),
                  p.c.data + group * p.c.group_stride);
  }
}

}  // namespace refrain::cuda
