// The pool of device memory: what is given again, what is counted, and what goes back to the device when.
#include <cuda_runtime.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "cuda/captures.h"
#include "cuda/memory.h"
#include "engine_under_test.h"

namespace refrain::test {
namespace {

using cuda::Memory;

bool says(const char* part) {
  const std::string message = last_error();
  if (message.find(part) != std::string::npos) return true;
  std::fprintf(stderr, "\"%s\" does not contain \"%s\"\n", message.c_str(), part);
  return false;
}

int64_t free_bytes() {
  size_t free = 0;
  size_t total = 0;
  CHECK(cudaMemGetInfo(&free, &total) == cudaSuccess);
  return static_cast<int64_t>(free);
}

class Stream {
 public:
  Stream() { CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess); }
  ~Stream() { CHECK(cudaStreamDestroy(stream) == cudaSuccess); }
  cudaStream_t stream = nullptr;
};

void check_reuse() {
  const Stream s;
  Memory memory(0, s.stream, true);
  void* first = memory.allocate(1000);
  CHECK(memory.allocated_bytes() == 1000 && memory.holds(first, 1000) && !memory.holds(first, 1001));
  CHECK(memory.release(first) && !memory.release(first));
  CHECK(memory.allocated_bytes() == 0 && memory.idle_bytes() == 1000 && !memory.holds(first, 1));
  // About as large: the same block, which counts and holds what was asked. It may hold anything: NaN here.
  void* second = memory.allocate(900);
  CHECK(second == first && memory.device_allocations() == 1);
  CHECK(memory.allocated_bytes() == 900 && memory.holds(second, 900) && !memory.holds(second, 901));
  CHECK(std::isnan(*static_cast<float*>(second)));
  // Larger, or much smaller: another one.
  CHECK(memory.release(second));
  void* larger = memory.allocate(1001);
  void* smaller = memory.allocate(500);
  CHECK(larger != nullptr && smaller != nullptr && memory.device_allocations() == 3);
  CHECK(memory.allocate(0) != nullptr);
}

// Networks that are opened and closed in turn, as a backtest does: the device is asked once.
void check_rounds() {
  const Stream s;
  Memory memory(0, s.stream, true);
  for (int round = 0; round < 50; ++round) {
    void* blocks[6];
    for (int i = 0; i < 6; ++i) blocks[i] = memory.allocate(4096 << i);
    for (void* block : blocks) CHECK(memory.release(block));
  }
  CHECK(memory.device_allocations() == 6);
  CHECK(memory.allocated_bytes() == 0);
}

// No release waits for the device.
void check_no_waiting() {
  const Stream s;
  Memory memory(0, s.stream, true);
  void* block = memory.allocate(64);
  emulator::refuse_next("cudaStreamSynchronize", cudaErrorInvalidValue);
  emulator::refuse_next("cudaFree", cudaErrorInvalidValue);
  int status = -1;
  CHECK(memory.release(block, &status) && status == REFRAIN_OK);
  CHECK(memory.allocate(64, &status) == block && status == REFRAIN_OK);
  emulator::forget_failure();
}

void check_limit() {
  const Stream s;
  Memory memory(10000, s.stream, true);
  void* a = memory.allocate(4000);
  void* b = memory.allocate(4000);
  int status = REFRAIN_OK;
  CHECK(memory.allocate(3000, &status) == nullptr && status == REFRAIN_OUT_OF_MEMORY);
  CHECK(says("3000 bytes more would pass the memory limit of 10000 bytes, 8000 are in use"));
  // What is kept for the next gives way before the limit refuses.
  const int64_t free_before = free_bytes();
  CHECK(memory.release(a));
  CHECK(free_bytes() == free_before);
  void* c = memory.allocate(6000, &status);
  CHECK(c != nullptr && status == REFRAIN_OK && memory.idle_bytes() == 0);
  CHECK(free_bytes() == free_before + 4000 - 6000);
  // The engine's own counts too, though not as allocated by others.
  CHECK(memory.release(c));
  CHECK(memory.allocate_for_engine(5000, &status) != nullptr);
  CHECK(memory.allocated_bytes() == 4000);
  CHECK(memory.allocate(2000, &status) == nullptr && status == REFRAIN_OUT_OF_MEMORY);
  CHECK(says("9000 are in use"));
  CHECK(memory.release(b));
}

// The device is full of blocks that nobody has: they go, and the allocation succeeds.
void check_full_device() {
  const Stream s;
  Memory memory(0, s.stream, true);
  const int64_t most = free_bytes();
  void* most_of_it = memory.allocate(most / 2);
  void* rest = memory.allocate(most / 8);
  CHECK(most_of_it != nullptr && rest != nullptr && memory.release(rest));
  int status = REFRAIN_OK;
  void* larger = memory.allocate(most * 7 / 16, &status);
  CHECK(larger != nullptr && status == REFRAIN_OK && memory.idle_bytes() == 0);
  CHECK(memory.allocate(most / 8, &status) == nullptr && status == REFRAIN_OUT_OF_MEMORY);
  CHECK(says("cannot allocate"));
  CHECK(memory.release(larger) && memory.release(most_of_it));
  CHECK(memory.close() == REFRAIN_OK && free_bytes() == most);
}

// Sizes that grow from one to the next would be kept for nobody.
void check_hoard() {
  const Stream s;
  Memory memory(0, s.stream, true);
  for (int64_t size = 1 << 20; size < 20 << 20; size += size / 4) {
    CHECK(memory.release(memory.allocate(size)));
    CHECK(memory.idle_bytes() <= size + size / 2 + (1 << 20));
  }
}

void check_without_pool() {
  const Stream s;
  Memory memory(0, s.stream, false);
  const int64_t before = free_bytes();
  void* block = memory.allocate(1000);
  CHECK(free_bytes() == before - 1000);
  int status = -1;
  CHECK(memory.release(block, &status) && status == REFRAIN_OK);
  CHECK(free_bytes() == before && memory.idle_bytes() == 0);
  block = memory.allocate(1000);
  emulator::refuse_next("cudaFree", cudaErrorInvalidValue);
  CHECK(memory.release(block, &status) && status == REFRAIN_FAILED);
  CHECK(says("giving memory back"));
  CHECK(cudaFree(block) == cudaSuccess);
}

// The device is full, and another engine's pool holds what nobody has: it gives way, but not within a capture.
void check_siblings() {
  const Stream s;
  const Stream t;
  Memory memory(0, s.stream, true);
  Memory other(0, t.stream, true);
  void* used = other.allocate(700);
  CHECK(other.release(other.allocate(4000)) && other.idle_bytes() == 4000);
  const int64_t free_before = free_bytes();
  emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation);
  int status = -1;
  void* block = memory.allocate(1000, &status);
  CHECK(block != nullptr && status == REFRAIN_OK);
  CHECK(other.idle_bytes() == 0 && other.holds(used, 700));
  CHECK(free_bytes() == free_before + 4000 - 1000);
  CHECK(other.release(other.allocate(4000)));
  {
    const Memory::Capturing capturing(other);
    emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation, 2);
    CHECK(memory.allocate(1000, &status) == nullptr && status == REFRAIN_OUT_OF_MEMORY);
    CHECK(other.idle_bytes() == 4000);
  }
  // Nobody asks a pool that is closed.
  CHECK(other.close() == REFRAIN_OK);
  emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation, 2);
  CHECK(memory.allocate(1000, &status) == nullptr && status == REFRAIN_OUT_OF_MEMORY);
}

// Far longer than anything here takes; then something waits for what will not come.
constexpr std::chrono::seconds kLong{60};

// While one thread waits for another engine's stream, whose blocks it wants, engines are opened, used and closed.
void check_nobody_waits_for_a_drain() {
  const Stream s;
  const Stream t;
  Memory memory(0, s.stream, true);
  Memory busy(0, t.stream, true);
  CHECK(busy.release(busy.allocate(4000)));
  std::promise<void> draining;
  std::promise<void> drained;
  emulator::visit_next("cudaStreamSynchronize", [&] {
    draining.set_value();
    drained.get_future().wait();
  });
  emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation);
  void* block = nullptr;
  std::thread wanting([&] { block = memory.allocate(1000); });
  draining.get_future().wait();
  std::promise<void> done;
  std::thread others([&] {
    const Stream u;
    Memory another(0, u.stream, true);
    CHECK(another.allocate(2000) != nullptr);
    CHECK(another.close() == REFRAIN_OK);
    done.set_value();
  });
  CHECK(done.get_future().wait_for(kLong) == std::future_status::ready);
  drained.set_value();
  wanting.join();
  others.join();
  CHECK(block != nullptr && busy.idle_bytes() == 0);
}

// An engine is closed while another thread waits for its stream: the stream outlives the wait.
void check_close_waits_for_a_drain() {
  const Stream s;
  Memory memory(0, s.stream, true);
  auto* t = new Stream;
  Memory closing(0, t->stream, true);
  CHECK(closing.release(closing.allocate(4000)));
  std::promise<void> draining;
  std::promise<void> drained;
  std::atomic<bool> waiting{true};
  emulator::visit_next("cudaStreamSynchronize", [&] {
    draining.set_value();
    drained.get_future().wait();
    waiting = false;
  });
  emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation);
  std::thread wanting([&] { CHECK(memory.allocate(1000) != nullptr); });
  draining.get_future().wait();
  std::promise<void> going_on;
  std::thread closer([&] {
    going_on.get_future().wait();
    CHECK(closing.close() == REFRAIN_OK);
    CHECK(!waiting);
    delete t;
  });
  going_on.set_value();
  std::this_thread::yield();
  drained.set_value();
  wanting.join();
  closer.join();
}

// Memory goes back to the device when nobody captures: the driver may wait for the device then.
void check_captures_come_first() {
  const Stream s;
  Memory memory(0, s.stream, true);
  CHECK(memory.release(memory.allocate(1000)));
  std::atomic<bool> captured{false};
  std::thread giving_back;
  {
    const std::shared_lock<std::shared_mutex> capture(cuda::captures());
    std::promise<void> synchronized;
    emulator::visit_next("cudaStreamSynchronize", [&] { synchronized.set_value(); });
    emulator::visit_next("cudaFree", [&] { CHECK(captured); });
    giving_back = std::thread([&] { CHECK(memory.trim() == REFRAIN_OK); });
    synchronized.get_future().wait();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    captured = true;
  }
  giving_back.join();
  CHECK(memory.idle_bytes() == 0);
}

// What takes memory elsewhere gets all that nobody has, here and in the other pools.
void check_room() {
  const Stream s;
  const Stream t;
  Memory memory(0, s.stream, true);
  Memory other(0, t.stream, true);
  CHECK(memory.make_room() == 0);
  CHECK(memory.release(memory.allocate(3000)) && other.release(other.allocate(500)));
  CHECK(memory.make_room() == 3500 && memory.idle_bytes() == 0 && other.idle_bytes() == 0);
}

// An engine that is closed after everything else has ended, as one of a thread that nobody stopped may be.
struct ClosedLast {
  ~ClosedLast() { delete memory; }
  Memory* memory = nullptr;
};
ClosedLast closed_last;

void check_end_of_process() { closed_last.memory = new Memory(0, nullptr, true); }

// The same from two threads at once: what each has stays its own.
void check_sibling_threads() {
  const int64_t before = free_bytes();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([thread] {
      const Stream s;
      Memory memory(0, s.stream, true);
      for (int round = 0; round < 200; ++round) {
        emulator::refuse_next("cudaMalloc", cudaErrorMemoryAllocation);
        void* block = memory.allocate(1000 << (round % 5));
        if (block == nullptr) continue;  // the other thread's refusal met the second call as well
        CHECK(cudaMemsetAsync(block, thread, 1000, s.stream) == cudaSuccess);
        CHECK(cudaStreamSynchronize(s.stream) == cudaSuccess);
        CHECK(static_cast<char*>(block)[999] == thread);
        CHECK(memory.release(block));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  emulator::forget_failure();
  CHECK(free_bytes() == before);
}

// What an engine takes for itself is under its limit, and gone when it is closed.
void check_engine() {
  const int64_t before = free_bytes();
  {
    const auto engine = open_engine();
    engine->begin_operation();
    CHECK(engine->counters() != nullptr);
    CHECK(engine->memory().allocated_bytes() == 0);
    CHECK(before - free_bytes() == cuda::Engine::kCounters * int64_t{sizeof(uint32_t)});
    CHECK(engine->scratch(1000) != nullptr);
    engine->release_scratch();
    CHECK(engine->memory().allocated_bytes() == 0 && engine->memory().idle_bytes() >= 4000);
    CHECK(engine->close() == REFRAIN_OK);
  }
  CHECK(free_bytes() == before);
}

}  // namespace
}  // namespace refrain::test

int main() {
  using namespace refrain::test;
  check_reuse();
  check_rounds();
  check_no_waiting();
  check_limit();
  check_full_device();
  check_hoard();
  check_without_pool();
  check_siblings();
  check_sibling_threads();
  check_nobody_waits_for_a_drain();
  check_close_waits_for_a_drain();
  check_captures_come_first();
  check_room();
  check_engine();
  check_end_of_process();
  return report();
}
