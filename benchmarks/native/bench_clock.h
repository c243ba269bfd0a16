// The clock of the benchmarks: wall time, or with REFRAIN_BENCH_CLOCK=cpu the processor time of the
// calling thread, which a busy machine disturbs less; it makes sense with one thread alone.
#pragma once

#include <time.h>

#include <cstdlib>
#include <cstring>

namespace {

double now() {
  static const char* const wanted = std::getenv("REFRAIN_BENCH_CLOCK");
  static const clockid_t clock = wanted != nullptr && std::strcmp(wanted, "cpu") == 0
                                     ? CLOCK_THREAD_CPUTIME_ID
                                     : CLOCK_MONOTONIC;
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace
