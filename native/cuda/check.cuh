// How the CUDA backend meets errors of the runtime.
#pragma once

#include <cuda_runtime.h>

#include "core/status.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

// Errors after which every call of the process answers with them, until it ends: what a kernel did to the
// device's memory or its own code, and what the device's hardware says of itself.
inline bool is_lasting(cudaError_t error) {
  switch (error) {
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorContextIsDestroyed:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
      return true;
    default:
      return false;
  }
}

// REFRAIN_OK, or the status for a call that failed, with a message that says what was tried.
inline int check(cudaError_t error, const char* attempt) {
  if (error == cudaSuccess) return REFRAIN_OK;
  const int status =
      error == cudaErrorMemoryAllocation ? REFRAIN_OUT_OF_MEMORY : REFRAIN_FAILED;
  return fail(status, "%s: %s (%s)%s", attempt, cudaGetErrorString(error), cudaGetErrorName(error),
              is_lasting(error) ? ", which lasts: end the process and start it again" : "");
}

}  // namespace refrain::cuda
