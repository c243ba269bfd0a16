#include "cuda/vendor.h"

#include "cuda/library.h"
#include "refrain/context.h"

namespace refrain::cuda {

Vendor::Vendor(int32_t libraries) {
  if ((libraries & REFRAIN_LIBRARY_CUBLAS) != 0) {
    std::string reason;
    const CublasCalls* calls = find_cublas(&reason);
    if (calls != nullptr) blas_ = std::make_unique<Blas>(*calls);
    description_ = calls != nullptr ? "cuBLAS " + version_text(version_of(calls))
                                    : "own matrix products, cuBLAS not found (" + reason + ")";
  }
  if ((libraries & REFRAIN_LIBRARY_CUDNN) == 0) {
    cudnn_reason_ = "the engine was opened without cuDNN";
    return;
  }
  const CudnnCalls* calls = find_cudnn(&cudnn_reason_);
  if (calls != nullptr) cudnn_ = std::make_unique<Cudnn>(*calls);
  if (!description_.empty()) description_ += ", ";
  description_ += calls != nullptr
                      ? "cuDNN " + version_text(version_of(calls))
                      : "own recurrent kernels, cuDNN not found (" + cudnn_reason_ + ")";
}

}  // namespace refrain::cuda
