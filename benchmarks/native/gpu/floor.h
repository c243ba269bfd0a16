// The least that a step of aims.h takes, counted by hand: no device is needed to know it.
#pragma once

#include "aims.h"

namespace refrain::bench {

struct Floor {
  double bytes;  // that must be read and written
  double flops;  // of the matrix products
  double syncs;  // meetings between recurrent steps, one after another, forward and backward
  // R does not fit a block: the blocks that share it meet; otherwise a block's threads.
  bool grid_syncs;
};

Floor floor_of(const Aim& aim);

}  // namespace refrain::bench
