#include <cstring>

#include "cpu/elementwise.h"
#include "cpu/operations.h"

namespace refrain::REFRAIN_TARGET {

int copy(Engine& engine, const refrain_copy_args& args) {
  for_stretches(engine, 1, args.count, [&](int64_t, int64_t begin, int64_t end) {
    std::memcpy(args.target + begin, args.source + begin, (end - begin) * sizeof(float));
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
