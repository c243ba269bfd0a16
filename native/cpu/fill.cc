#include "cpu/elementwise.h"
#include "cpu/operations.h"

namespace refrain::REFRAIN_TARGET {

int fill(Engine& engine, const refrain_fill_args& args) {
  for_stretches(engine, 1, args.count, [&](int64_t, int64_t begin, int64_t end) {
    const Vec value = broadcast(args.value);
    for_vectors(end - begin, [&](int64_t i, int lanes) {
      store_lanes(args.data + begin + i, value, lanes);
    });
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
