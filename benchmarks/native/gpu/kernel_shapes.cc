// Prints the launches of the steps that the CUDA engine is judged by, without running them: kernel-table
// joins them with what nvcc says of each kernel.
//
//   kernel_shapes LIBRARY
//
// A line for each launch of a step: step, precision, offset of the kernel's function in the library, blocks,
// threads, bytes of dynamic shared memory, separated by tabs.
#include <dlfcn.h>

#include <cstdio>

#include "emulated_step.h"

namespace refrain::bench {
namespace {

void print_launch(const Aim& aim, const void* function, dim3 grid, dim3 block, size_t shared_bytes) {
  Dl_info info = {};
  dladdr(function, &info);
  std::printf("%s\t%s\t%zx\t%ux%ux%u\t%u\t%zu\n", aim.shape.name, name_of(aim.precision),
              static_cast<size_t>(static_cast<const char*>(function) -
                                  static_cast<const char*>(info.dli_fbase)),
              grid.x, grid.y, grid.z, block.x * block.y * block.z, shared_bytes);
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: kernel_shapes LIBRARY\n");
    return 2;
  }
  refrain::bench::require(refrain_load_backend(arguments[1]));
  for (const auto& aim : refrain::bench::kAims) {
    refrain::bench::observe_step(
        aim, [&](const void* function, dim3 grid, dim3 block, size_t shared_bytes) {
          refrain::bench::print_launch(aim, function, grid, block, shared_bytes);
        });
  }
  return 0;
}
