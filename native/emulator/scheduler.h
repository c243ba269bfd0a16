// Runs the threads of a launch in turns, from barrier to barrier.
#pragma once

#include <functional>
#include <string>

#include "emulator/emulator.h"

namespace refrain::emulator {

// Runs all blocks; returns what went wrong, or nothing. One launch at a time: the caller holds a
// lock.
std::string run_grid(dim3 grid, dim3 block, size_t shared_bytes, Launch kind,
                     unsigned cluster_blocks, const std::function<void()>& thread_body);

uint32_t seed();

}  // namespace refrain::emulator
