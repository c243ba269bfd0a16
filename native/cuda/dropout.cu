#include <cmath>

#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/philox.cuh"

namespace refrain::cuda {
namespace {

// One thread a counter: four elements.
struct Dropout {
  refrain_dropout_args args;
  uint32_t threshold;
  float scale;

  __device__ void operator()(int64_t group, int64_t counter) const {
    const uint32_t stream = REFRAIN_STREAM_DROPOUT + static_cast<uint32_t>(args.layer);
    const PhiloxWords words =
        philox(args.state.group[group], stream, static_cast<uint64_t>(counter));
    for (int i = 0; i < 4; ++i) {
      const int64_t element = 4 * counter + i;
      if (element >= args.rows * args.columns) return;
      const Position at = position(element, args.columns);
      row_of(args.y, group, at.row)[at.column] =
          words.word[i] < threshold ? 0.0f : row_of(args.x, group, at.row)[at.column] * scale;
    }
  }
};

}  // namespace

void dropout(Engine& engine, const refrain_dropout_args& args) {
  const Dropout body = {args, static_cast<uint32_t>(std::floor(args.rate * 4294967296.0)),
                        static_cast<float>(1.0 / (1.0 - args.rate))};
  for_each(engine, "dropout", args.groups, divide_up(args.rows * args.columns, 4), body);
}

}  // namespace refrain::cuda
