#include "emulator/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(REFRAIN_EMULATOR_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(REFRAIN_EMULATOR_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace refrain::emulator {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kStackBytes = 256 << 10;

// The scheduler's side of a switch. One launch runs at a time, so there is one.
#if defined(__x86_64__)
void* scheduler_stack_pointer;
#else
ucontext_t scheduler_context;
#endif
Fiber* starting;
#if defined(REFRAIN_EMULATOR_ASAN)
const void* scheduler_stack;
size_t scheduler_stack_bytes;
void* scheduler_fake_stack;
#endif
#if defined(REFRAIN_EMULATOR_TSAN)
void* scheduler_thread_state;
#endif

}  // namespace

#if defined(__x86_64__)
// Keeps the registers that a function must preserve on the old stack and goes on with the new one;
// swapcontext() would make a system call for each switch.
extern "C" void refrain_emulator_switch(void** from, void* to);
asm(R"(
.text
.globl refrain_emulator_switch
.hidden refrain_emulator_switch
.type refrain_emulator_switch,@function
refrain_emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size refrain_emulator_switch,.-refrain_emulator_switch
)");
#endif

Fiber::Fiber() {
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<char*>(memory);
  mprotect(stack_, kPage, PROT_NONE);
#if defined(REFRAIN_EMULATOR_TSAN)
  thread_state_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if defined(REFRAIN_EMULATOR_TSAN)
  __tsan_destroy_fiber(thread_state_);
#endif
  munmap(stack_, kStackBytes);
}

void Fiber::start(void (*body)(void*), void* argument) {
  body_ = body;
  argument_ = argument;
  fake_stack_ = nullptr;
#if defined(__x86_64__)
  // Six registers, the address to go to, and a null return address that keeps the stack aligned.
  void** top = reinterpret_cast<void**>(stack_ + kStackBytes) - 1;
  *top = nullptr;
  *--top = reinterpret_cast<void*>(&Fiber::enter);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  stack_pointer_ = top;
#else
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::enter, 0);
#endif
}

void Fiber::enter() {
#if defined(REFRAIN_EMULATOR_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_bytes);
#endif
  Fiber* self = starting;
  self->body_(self->argument_);
  std::abort();
}

void Fiber::resume() {
  starting = this;
#if defined(REFRAIN_EMULATOR_ASAN)
  __sanitizer_start_switch_fiber(&scheduler_fake_stack, stack_, kStackBytes);
#endif
#if defined(REFRAIN_EMULATOR_TSAN)
  scheduler_thread_state = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(thread_state_, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(__x86_64__)
  refrain_emulator_switch(&scheduler_stack_pointer, stack_pointer_);
#else
  swapcontext(&scheduler_context, &context_);
#endif
#if defined(REFRAIN_EMULATOR_ASAN)
  __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
#endif
}

void Fiber::leave(bool for_good) {
#if defined(REFRAIN_EMULATOR_ASAN)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, scheduler_stack,
                                 scheduler_stack_bytes);
#else
  (void)for_good;
#endif
#if defined(REFRAIN_EMULATOR_TSAN)
  __tsan_switch_to_fiber(scheduler_thread_state, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(__x86_64__)
  refrain_emulator_switch(&stack_pointer_, scheduler_stack_pointer);
#else
  swapcontext(&context_, &scheduler_context);
#endif
#if defined(REFRAIN_EMULATOR_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
}

void release(void* address) {
#if defined(REFRAIN_EMULATOR_TSAN)
  __tsan_release(address);
#else
  (void)address;
#endif
}

void acquire(void* address) {
#if defined(REFRAIN_EMULATOR_TSAN)
  __tsan_acquire(address);
#else
  (void)address;
#endif
}

}  // namespace refrain::emulator
