// The least a native test needs: CHECK counts and prints what does not hold, and the program's
// exit status tells ctest.
#pragma once

#include <atomic>
#include <cstdio>

namespace refrain::test {

// Atomic, for checks of several threads.
inline std::atomic<int> checks{0};
inline std::atomic<int> failures{0};

inline void check(bool holds, const char* condition, const char* file, int line) {
  ++checks;
  if (holds) return;
  if (++failures <= 20) std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
}

// The exit status of main: a test that checked nothing has failed.
inline int report() {
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return checks == 0 || failures > 0 ? 1 : 0;
}

}  // namespace refrain::test

#define CHECK(condition) refrain::test::check((condition), #condition, __FILE__, __LINE__)
