// The emulated device's engine, for tests of what is inside the CUDA backend.
#pragma once

#include <memory>

#include "cuda/engine.h"
#include "refrain/context.h"

namespace refrain::test {

inline std::unique_ptr<cuda::Engine> open_engine(cuda::Variant variant = cuda::Variant::kAutomatic,
                                                 int32_t precision = REFRAIN_FP32) {
  cudaDeviceProp properties;
  cudaStream_t stream = nullptr;
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess ||
      cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess) {
    return nullptr;
  }
  return std::make_unique<cuda::Engine>(0, properties, 90, stream, 0, variant, precision, 0, false);
}

}  // namespace refrain::test
