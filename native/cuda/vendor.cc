#include "cuda/vendor.h"

#include "cuda/first_failure.h"
#include "cuda/library.h"
#include "refrain/context.h"

namespace refrain::cuda {

namespace {

// "the engine was opened without cuDNN"
std::string not_asked_for(const char* library) {
  return std::string("the engine was opened without ") + library;
}

}  // namespace

Vendor::Vendor(int32_t libraries, int64_t memory_limit_bytes) {
  if ((libraries & REFRAIN_LIBRARY_CUBLAS) == 0) {
    cublas_reason_ = not_asked_for("cuBLAS");
  } else {
    const CublasCalls* calls = find_cublas(&cublas_reason_);
    if (calls == nullptr) {
      description_ = "own matrix products, cuBLAS not found (" + cublas_reason_ + ")";
    } else {
      cublas_reason_ = Blas::refusal_under(memory_limit_bytes);
      if (cublas_reason_.empty()) blas_ = std::make_unique<Blas>(*calls);
      description_ = cublas_reason_.empty()
                         ? "cuBLAS " + version_text(version_of(calls))
                         : "own matrix products, cuBLAS not used (" + cublas_reason_ + ")";
    }
  }
  if ((libraries & REFRAIN_LIBRARY_CUDNN) == 0) {
    cudnn_reason_ = not_asked_for("cuDNN");
    return;
  }
  const CudnnCalls* calls = find_cudnn(&cudnn_reason_);
  if (calls != nullptr) cudnn_ = std::make_unique<Cudnn>(*calls);
  if (!description_.empty()) description_ += ", ";
  description_ += calls != nullptr
                      ? "cuDNN " + version_text(version_of(calls))
                      : "own recurrent kernels, cuDNN not found (" + cudnn_reason_ + ")";
}

int Vendor::close() {
  FirstFailure failure;
  if (cudnn_ != nullptr) failure.note(cudnn_->close());
  if (blas_ != nullptr) failure.note(blas_->close());
  return failure.status();
}

}  // namespace refrain::cuda
