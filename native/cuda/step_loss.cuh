// Where a step's loss is kept.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "refrain/shapes.h"

namespace refrain::cuda {

// Writes the loss of a group that runs into its state and history, and stops it if it is not
// finite.
__device__ __forceinline__ void keep_loss(const refrain_step_state& states, int64_t group,
                                          double loss) {
  refrain_group_state& state = states.group[group];
  if (state.status != REFRAIN_RUNNING) return;
  state.loss = loss;
  const int64_t length = states.history_length;
  if (state.step >= 1 && length > 0) {
    states.history[group * length + (state.step - 1) % length] = loss;
  }
  if (!isfinite(loss)) state.status = REFRAIN_NOT_FINITE;
}

}  // namespace refrain::cuda
