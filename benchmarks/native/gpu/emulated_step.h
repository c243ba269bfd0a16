// The launches of a step, without running them, as the emulator sees them.
#pragma once

#include <cstddef>
#include <functional>

#include "aims.h"
#include "emulator/emulator.h"

namespace refrain::bench {

// An H200's.
constexpr const char* kMultiprocessors = "132";

using Observer =
    std::function<void(const void* function, dim3 grid, dim3 block, size_t shared_bytes)>;

// Calls the observer with each launch of one step. Of many groups 16 are launched: more take more
// blocks and nothing else. The backend "emulated" must be loaded.
void observe_step(Aim aim, const Observer& observer);

}  // namespace refrain::bench
