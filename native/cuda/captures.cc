#include "cuda/captures.h"

namespace refrain::cuda {

std::shared_mutex& captures() {
  // It is never ended: a thread may still close an engine while the process ends.
  static auto& lock = *new std::shared_mutex;
  return lock;
}

}  // namespace refrain::cuda
