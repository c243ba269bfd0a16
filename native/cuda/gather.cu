#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/philox.cuh"

namespace refrain::cuda {
namespace {

// One thread an element of a row of x and of target.
struct Gather {
  refrain_gather_args args;

  __device__ int64_t start(int64_t group, int64_t n) const {
    const refrain_group_state& state = args.state.group[group];
    const int64_t rows = args.rows_of == nullptr ? args.rows : args.rows_of[group];
    const int64_t last = larger(0, smaller(rows, args.rows) - args.span);
    if (args.starts != nullptr) {
      const int64_t round = position(larger(state.step, 1) - 1, args.start_rows).column;
      const int64_t given = args.starts[(round * args.groups + group) * args.batch + n];
      return smaller(larger(given, 0), last);
    }
    const PhiloxWords words =
        philox(state, REFRAIN_STREAM_GATHER, static_cast<uint64_t>(n / 4));
    const uint64_t word = word_at(words, n);
    return static_cast<int64_t>((word * static_cast<uint64_t>(last + 1)) >> 32);
  }

  __device__ int64_t columns() const {
    return args.inputs + (args.target.data == nullptr ? 0 : args.outputs);
  }

  __device__ void operator()(int64_t group, int64_t i) const {
    const auto [row, column] = position(i, columns());
    const Position step_and_window = position(row, args.batch);
    const int64_t begin = start(group, step_and_window.column) + step_and_window.row;
    const float* series = args.series + group * args.series_stride;
    if (column < args.inputs) {
      row_of(args.x, group, row)[column] =
          series[(begin + args.input_shift) * args.columns + args.input_column + column];
    } else {
      row_of(args.target, group, row)[column - args.inputs] =
          series[(begin + args.target_shift) * args.columns + args.target_column + column -
                 args.inputs];
    }
  }
};

}  // namespace

void gather(Engine& engine, const refrain_gather_args& args) {
  const int64_t columns = args.inputs + (args.target.data == nullptr ? 0 : args.outputs);
  for_each(engine, "gather", args.groups, int64_t{args.steps} * args.batch * columns,
           Gather{args});
}

}  // namespace refrain::cuda
