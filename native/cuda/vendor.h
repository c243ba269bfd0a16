// NVIDIA's libraries as one engine uses them: which it may, which were found, and their state.
#pragma once

#include <memory>
#include <string>

#include "cuda/blas.h"
#include "cuda/cudnn.h"

namespace refrain::cuda {

class Vendor {
 public:
  // refrain_libraries, and the engine's limit of memory, which cuBLAS's workspace counts against; 0: none.
  Vendor(int32_t libraries, int64_t memory_limit_bytes);

  // Null where it is not to be used or was not found.
  Blas* blas() const { return blas_.get(); }
  Cudnn* cudnn() const { return cudnn_.get(); }
  // Why there is none.
  const std::string& cublas_reason() const { return cublas_reason_; }
  const std::string& cudnn_reason() const { return cudnn_reason_; }
  // "cuBLAS 13.0.0, own recurrent kernels: cuDNN is missing: ..."; empty where none was asked for.
  const std::string& description() const { return description_; }

  // Ends both. The message of the status is that of the first call that failed.
  int close();

 private:
  std::unique_ptr<Blas> blas_;
  std::unique_ptr<Cudnn> cudnn_;
  std::string cublas_reason_;
  std::string cudnn_reason_;
  std::string description_;
};

}  // namespace refrain::cuda
