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

void fill(Engine& engine, const refrain_fill_args& args) {
  for_each(engine, "fill", 1, args.count, Fill{args.data, args.value});
}

}  // namespace refrain::cuda
