#include "cuda/copy.cuh"

#include "cuda/elementwise.cuh"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

struct Copy {
  int64_t columns;
  refrain_view source;
  refrain_view target;
  __device__ void operator()(int64_t group, int64_t i) const {
    const Position at = position(i, columns);
    row_of(target, group, at.row)[at.column] = element_or_zero(source, group, at.row, at.column);
  }
};

}  // namespace

void copy_rows(Engine& engine, int64_t groups, int64_t rows, int64_t columns,
               const refrain_view& source, const refrain_view& target) {
  for_each(engine, "copy", groups, rows * columns, Copy{columns, source, target});
}

void copy(Engine& engine, const refrain_copy_args& args) {
  copy_rows(engine, args.groups, args.rows, args.columns, args.source, args.target);
}

}  // namespace refrain::cuda
