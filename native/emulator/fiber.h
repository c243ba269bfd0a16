// A stack of its own for each thread of a block, known to the sanitizers.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace refrain::emulator {

class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From the scheduler: the next resume() calls body(argument), which must not return but leave().
  void start(void (*body)(void*), void* argument);
  void resume();
  // From the fiber, back to the scheduler; `for_good` before it is started anew.
  void leave(bool for_good);

 private:
  static void enter();

  char* stack_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_;
#endif
  void* fake_stack_ = nullptr;   // AddressSanitizer's
  void* thread_state_ = nullptr;  // ThreadSanitizer's
};

// What ThreadSanitizer is told of barriers: what happened before release() happens before what
// follows acquire() of the same address.
void release(void* address);
void acquire(void* address);

}  // namespace refrain::emulator
