// Captures of graphs take turns with calls that wait for a whole device, as the ends of cuBLAS's and cuDNN's
// handles do, and giving memory back: such a call breaks the captures of all other threads on its device,
// whatever their mode.
#pragma once

#include <shared_mutex>

namespace refrain::cuda {

// Of the process. Held shared by a thread that captures, and alone by one that may wait for a device. Who
// holds it neither allocates memory nor gives any back.
std::shared_mutex& captures();

}  // namespace refrain::cuda
