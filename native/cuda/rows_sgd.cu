#include "cuda/elementwise.cuh"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

struct Descent {
  refrain_rows_sgd_args args;

  __device__ void operator()(int64_t group, int64_t i) const {
    const refrain_group_state& state = args.state.group[group];
    if (state.status != REFRAIN_RUNNING) return;
    const auto [k, d] = position(i, args.columns);
    if (k >= args.count[group]) return;
    const int64_t row = args.touched[group * args.most_touched + k];
    if (row < 0 || row >= args.rows) return;
    float& p = row_of(args.values, group, row)[d];
    p = fmaf(-static_cast<float>(state.learning_rate), row_of(args.gradient, group, k)[d], p);
  }
};

}  // namespace

void rows_sgd(Engine& engine, const refrain_rows_sgd_args& args) {
  for_each(engine, "rows_sgd", args.groups, int64_t{args.most_touched} * args.columns,
           Descent{args});
}

}  // namespace refrain::cuda
