// Autotuning, which an engine is asked for when it is opened: before a recurrent layer is first
// run, or the size of its reserve told, every variant that takes the layer runs it forward and
// backward a few times on arrays of zeros, as a graph like those that training replays, and the
// fastest is kept in the engine's choices.
#pragma once

#include <cstdint>

#include "cuda/engine.h"

namespace refrain::cuda {

// Does nothing for other operations, for layers that are chosen already, and where the device has
// no room for the trial's arrays. Between operations, never within one.
void autotune(Engine& engine, int32_t operation, const void* arguments);

}  // namespace refrain::cuda
