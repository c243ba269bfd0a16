// Where the backend finds cuBLAS and cuDNN. A library is opened once in a process, by the name that
// its loader knows, so that one which something else has loaded is taken wherever it lies; the
// environment variables REFRAIN_CUBLAS_LIBRARY and REFRAIN_CUDNN_LIBRARY name a file instead. A
// search that failed is repeated at the next call: the library may have come in between.
#pragma once

#include <cstdint>
#include <string>

#include "cuda/cublas_calls.h"
#include "cuda/cudnn_calls.h"

namespace refrain::cuda {

// Null where the library is missing; `reason` then says what was tried, in one line.
const CublasCalls* find_cublas(std::string* reason);
const CudnnCalls* find_cudnn(std::string* reason);

// As NVIDIA counts them, e.g. 130000 for 13.0.0; 0 for a null pointer.
int32_t version_of(const CublasCalls* calls);
int32_t version_of(const CudnnCalls* calls);

// "13.0.0"
std::string version_text(int32_t version);

}  // namespace refrain::cuda
