// The part of cooperative groups that the kernels use.
#pragma once

#include "emulator/cuda_runtime.h"

namespace cooperative_groups {

struct grid_group {
  void sync() const { refrain::emulator::wait_for_grid(); }
};

inline grid_group this_grid() { return {}; }

struct cluster_group {
  void sync() const { refrain::emulator::wait_for_cluster(); }
  unsigned num_blocks() const { return refrain::emulator::cluster_size(); }
  unsigned block_rank() const { return refrain::emulator::cluster_rank(); }
  template <class T>
  T* map_shared_rank(T* address, unsigned rank) const {
    return static_cast<T*>(refrain::emulator::shared_of_peer(address, rank));
  }
};

inline cluster_group this_cluster() { return {}; }

}  // namespace cooperative_groups
