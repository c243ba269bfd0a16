#include "cuda/neighbours.h"

#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

template <class Args>
bool run(Engine& engine, bool (*operation)(Engine&, const Args&, const Args&), const void* first,
         const void* second) {
  return operation(engine, *static_cast<const Args*>(first), *static_cast<const Args*>(second));
}

}  // namespace

bool run_both(Engine& engine, int32_t operation, const void* first, const void* second) {
  switch (operation) {
    case REFRAIN_OP_DISTINCT:
      return run(engine, distinct_both, first, second);
    case REFRAIN_OP_ROWS_ADAM_CATCH_UP:
      return run(engine, rows_adam_catch_up_both, first, second);
    case REFRAIN_OP_ROWS_ADAM:
      return run(engine, rows_adam_both, first, second);
    default:
      return false;
  }
}

}  // namespace refrain::cuda
