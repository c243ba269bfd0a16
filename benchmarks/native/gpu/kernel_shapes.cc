// Prints the launches of the steps that the CUDA engine is judged by, without running them: kernel-table
// joins them with what nvcc says of each kernel.
//
//   kernel_shapes LIBRARY
//
// A line for each launch of a step: step, precision, offset of the kernel's function in the library, blocks,
// threads, bytes of dynamic shared memory, separated by tabs.
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>

#include "aims.h"
#include "emulator/emulator.h"

namespace refrain::bench {
namespace {

constexpr int32_t kMostGroups = 16;  // a launch does not depend on their number

void print_launch(const Aim& aim, const void* function, dim3 grid, dim3 block, size_t shared_bytes) {
  Dl_info info = {};
  dladdr(function, &info);
  std::printf("%s\t%s\t%zx\t%ux%ux%u\t%u\t%zu\n", aim.shape.name, name_of(aim.precision),
              static_cast<size_t>(static_cast<const char*>(function) -
                                  static_cast<const char*>(info.dli_fbase)),
              grid.x, grid.y, grid.z, block.x * block.y * block.z, shared_bytes);
}

void print_launches(Aim aim) {
  aim.shape.groups = std::min(aim.shape.groups, kMostGroups);
  refrain_options options = {};
  options.backend = "emulated";
  options.precision = aim.precision;
  refrain_context* context = nullptr;
  require(refrain_context_create(&options, &context));
  emulator::observe_launches([&](const void* function, dim3 grid, dim3 block, size_t shared_bytes) {
    print_launch(aim, function, grid, block, shared_bytes);
    return false;
  });
  const TrainingStep step(context, aim.shape);
  for (const auto& operation : step.operations()) require(operation.run());
  emulator::observe_launches(nullptr);
  refrain_context_destroy(context);
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: kernel_shapes LIBRARY\n");
    return 2;
  }
  refrain::bench::require(refrain_load_backend(arguments[1]));
  for (const auto& aim : refrain::bench::kAims) refrain::bench::print_launches(aim);
  return 0;
}
