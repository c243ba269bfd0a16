// How the work of an operation is shared out. It has phases, one after the other; a phase has
// `pieces` for each group, which are independent of each other. With few groups every phase is
// spread over the threads; with many, each group runs through all its phases on one thread,
// where its data stays in that core's cache.
#pragma once

#include <cstdint>

#include "cpu/engine.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

struct Place {
  int64_t group;
  int64_t piece;
  int64_t slot;  // which copy of a group's scratch memory
  int thread;    // which copy of a thread's
};

// Below this many multiply-adds, waking other threads costs more than they bring.
inline constexpr double kWorthSharing = 100e3;

inline bool groups_run_whole(int threads, int64_t groups) {
  return groups > 1 && groups >= 4 * threads;
}

// Copies of a group's scratch memory that an operation needs.
inline int64_t group_slots(int threads, int64_t groups) {
  return groups_run_whole(threads, groups) ? threads : groups;
}

// The operation has kPhases, pieces(phase), work(phase) in multiply-adds of one group, and
// run(phase, place).
template <class Operation>
void run_phases(Engine& engine, int64_t groups, Operation& operation) {
  Threads& threads = engine.threads();
  if (groups_run_whole(threads.count(), groups)) {
    threads.parallel_for(groups, [&](int64_t group, int thread) {
      for (int phase = 0; phase < Operation::kPhases; ++phase) {
        const int64_t pieces = operation.pieces(phase);
        for (int64_t piece = 0; piece < pieces; ++piece) {
          operation.run(phase, {group, piece, thread, thread});
        }
      }
    });
    return;
  }
  for (int phase = 0; phase < Operation::kPhases; ++phase) {
    const int64_t pieces = operation.pieces(phase);
    const auto body = [&](int64_t task, int thread) {
      const int64_t group = task / pieces;
      operation.run(phase, {group, task % pieces, group, thread});
    };
    if (static_cast<double>(groups) * operation.work(phase) < kWorthSharing) {
      for (int64_t task = 0; task < groups * pieces; ++task) body(task, 0);
    } else {
      threads.parallel_for(groups * pieces, body);
    }
  }
}

// Hands out parts of one array of scratch memory, each beginning at a cache line.
class ScratchLayout {
 public:
  int64_t take(int64_t floats) {
    const int64_t begin = size_;
    size_ += (floats + 15) / 16 * 16;
    return begin;
  }
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
};

}  // namespace refrain::REFRAIN_TARGET
