// The part of cooperative groups that the kernels use.
#pragma once

#include "emulator/cuda_runtime.h"

namespace cooperative_groups {

struct grid_group {
  void sync() const { refrain::emulator::wait_for_grid(); }
};

inline grid_group this_grid() { return {}; }

}  // namespace cooperative_groups
