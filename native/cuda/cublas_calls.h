// What the backend calls of cuBLAS 13, by pointers that library.cc finds in the shared library: no
// header of cuBLAS is needed to build, and no library to start. VendorPrototypesTest holds names,
// values and parameters against the presets of org.bytedeco:cuda.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace refrain::cuda {

struct cublasContext;

enum cublasStatus_t : int { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7 };
enum cublasOperation_t : int { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1 };
enum cublasMath_t : int { CUBLAS_DEFAULT_MATH = 0 };
enum cublasAtomicsMode_t : int { CUBLAS_ATOMICS_NOT_ALLOWED = 0, CUBLAS_ATOMICS_ALLOWED = 1 };
enum cublasPointerMode_t : int { CUBLAS_POINTER_MODE_HOST = 0 };
enum cublasGemmAlgo_t : int { CUBLAS_GEMM_DEFAULT = -1 };
enum cublasDataType_t : int { CUDA_R_32F = 0 };
enum cublasPropertyType_t : int { MAJOR_VERSION = 0, MINOR_VERSION = 1, PATCH_LEVEL = 2 };
enum cublasComputeType_t : int {
  CUBLAS_COMPUTE_32F = 68,
  CUBLAS_COMPUTE_32F_FAST_16BF = 75,
  CUBLAS_COMPUTE_32F_FAST_TF32 = 77
};

struct CublasCalls {
  cublasStatus_t (*cublasGetProperty)(cublasPropertyType_t type, int* value);
  const char* (*cublasGetStatusString)(cublasStatus_t status);
  cublasStatus_t (*cublasCreate_v2)(cublasContext** handle);
  cublasStatus_t (*cublasDestroy_v2)(cublasContext* handle);
  cublasStatus_t (*cublasSetStream_v2)(cublasContext* handle, cudaStream_t stream);
  cublasStatus_t (*cublasSetWorkspace_v2)(cublasContext* handle, void* workspace,
                                          size_t size_bytes);
  cublasStatus_t (*cublasSetPointerMode_v2)(cublasContext* handle, cublasPointerMode_t mode);
  cublasStatus_t (*cublasSetMathMode)(cublasContext* handle, cublasMath_t mode);
  cublasStatus_t (*cublasSetAtomicsMode)(cublasContext* handle, cublasAtomicsMode_t mode);
  cublasStatus_t (*cublasGemmEx_64)(cublasContext* handle, cublasOperation_t a_operation,
                                    cublasOperation_t b_operation, int64_t m, int64_t n, int64_t k,
                                    const void* alpha, const void* a, cublasDataType_t a_type,
                                    int64_t a_stride, const void* b, cublasDataType_t b_type,
                                    int64_t b_stride, const void* beta, void* c,
                                    cublasDataType_t c_type, int64_t c_stride,
                                    cublasComputeType_t compute, cublasGemmAlgo_t algorithm);
};

}  // namespace refrain::cuda
