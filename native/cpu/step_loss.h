// Where a step's loss is kept.
#pragma once

#include <cmath>
#include <cstdint>

#include "cpu/simd.h"
#include "refrain/shapes.h"

namespace refrain::REFRAIN_TARGET {

// Writes the loss of a group that runs into its state and history, and stops it if it is not finite.
REFRAIN_INLINE void keep_loss(const refrain_step_state& states, int64_t group, double loss) {
  refrain_group_state& state = states.group[group];
  if (state.status != REFRAIN_RUNNING) return;
  state.loss = loss;
  const int64_t length = states.history_length;
  if (state.step >= 1 && length > 0) {
    states.history[group * length + (state.step - 1) % length] = loss;
  }
  if (!std::isfinite(loss)) state.status = REFRAIN_NOT_FINITE;
}

}  // namespace refrain::REFRAIN_TARGET
