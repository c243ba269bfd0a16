#include "emulated_step.h"

#include <algorithm>

namespace refrain::bench {
namespace {

constexpr int32_t kMostGroups = 16;

}  // namespace

void observe_step(Aim aim, const Observer& observer) {
  aim.shape.groups = std::min(aim.shape.groups, kMostGroups);
  refrain_options options = {};
  options.backend = "emulated";
  options.precision = aim.precision;
  refrain_context* context = nullptr;
  require(refrain_context_create(&options, &context));
  emulator::observe_launches([&](const void* function, dim3 grid, dim3 block, size_t shared_bytes) {
    observer(function, grid, block, shared_bytes);
    return false;
  });
  const TrainingStep step(context, aim.shape);
  for (const auto& operation : step.operations()) require(operation.run());
  emulator::observe_launches(nullptr);
  refrain_context_destroy(context);
}

}  // namespace refrain::bench
