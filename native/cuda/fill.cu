#include "cuda/elementwise.cuh"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

struct Fill {
  float* data;
  float value;
  __device__ void operator()(int64_t, int64_t i) const { data[i] = value; }
};

}  // namespace

cudaError_t compiled_capability(int* capability) {
  cudaFuncAttributes attributes = {};
  const cudaError_t error =
      cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(for_each_kernel<Fill>));
  *capability = attributes.ptxVersion;
  return error;
}

void fill(Engine& engine, const refrain_fill_args& args) {
  for_each(engine, "fill", 1, args.count, Fill{args.data, args.value});
}

}  // namespace refrain::cuda
