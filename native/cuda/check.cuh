// How the CUDA backend meets errors of the runtime.
#pragma once

#include <cuda_runtime.h>

#include "core/status.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

// REFRAIN_OK, or the status for a call that failed, with a message that says what was tried.
inline int check(cudaError_t error, const char* attempt) {
  if (error == cudaSuccess) return REFRAIN_OK;
  const int status =
      error == cudaErrorMemoryAllocation ? REFRAIN_OUT_OF_MEMORY : REFRAIN_FAILED;
  return fail(status, "%s: %s (%s)", attempt, cudaGetErrorString(error), cudaGetErrorName(error));
}

}  // namespace refrain::cuda
