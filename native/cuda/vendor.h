// NVIDIA's libraries as one engine uses them: which it may, which were found, and their state.
#pragma once

#include <memory>
#include <string>

#include "cuda/blas.h"
#include "cuda/cudnn.h"

namespace refrain::cuda {

class Vendor {
 public:
  explicit Vendor(int32_t libraries);  // refrain_libraries

  // Null where it is not to be used or was not found.
  Blas* blas() const { return blas_.get(); }
  Cudnn* cudnn() const { return cudnn_.get(); }
  // Why there is none.
  const std::string& cudnn_reason() const { return cudnn_reason_; }
  // "cuBLAS 13.0.0, own recurrent kernels: cuDNN is missing: ..."; empty where none was asked for.
  const std::string& description() const { return description_; }

 private:
  std::unique_ptr<Blas> blas_;
  std::unique_ptr<Cudnn> cudnn_;
  std::string cudnn_reason_;
  std::string description_;
};

}  // namespace refrain::cuda
