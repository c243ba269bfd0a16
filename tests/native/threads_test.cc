// Every task runs exactly once, on a thread of the pool, and its writes are seen by the caller,
// whatever the number of threads and however often the workers had time to fall asleep.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"

#if defined(REFRAIN_STOP_BEFORE_CLAIM)
// Every few claims a thread stands still between reading a job and claiming a task of it, as one does
// whose processor is taken away.
inline void stop_now_and_then() {
  static std::atomic<unsigned> claims{0};
  const unsigned mixed = claims.fetch_add(1, std::memory_order_relaxed) * 2654435761u >> 16;
  if (mixed % 7 != 0) return;
  for (int i = 0; i < 3; ++i) std::this_thread::yield();
}
#define REFRAIN_BEFORE_CLAIM() stop_now_and_then()
#include "cpu/threads.cc"
#else
#include "cpu/threads.h"
#endif

namespace {

void check_jobs(refrain::Threads& pool, int64_t tasks, int rounds) {
  std::vector<int64_t> counts(tasks, 0);
  std::vector<int> owner(tasks, -1);
  for (int round = 0; round < rounds; ++round) {
    pool.parallel_for(tasks, [&](int64_t task, int thread) {
      ++counts[task];
      owner[task] = thread;
    });
  }
  for (int64_t task = 0; task < tasks; ++task) {
    CHECK(counts[task] == rounds);
    CHECK(owner[task] >= 0 && owner[task] < pool.count());
  }
}

// Jobs that follow one another at once, each with other tasks: a worker that wakes late, or is stopped
// between reading a job and claiming a task, must not take a task of the job after it.
void check_changing_jobs(refrain::Threads& pool, int rounds) {
  static constexpr int64_t kTasks[] = {2, 9, 3, 17, 2, 5};
  int64_t wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    const int64_t tasks = kTasks[round % 6];
    std::vector<int> runs(static_cast<size_t>(tasks), 0);
    std::atomic<int64_t> foreign{0};
    pool.parallel_for(tasks, [&](int64_t task, int) {
      if (task < 0 || task >= tasks) {
        ++foreign;
        return;
      }
      ++runs[static_cast<size_t>(task)];
    });
    wrong += foreign;
    for (const int count : runs) wrong += count != 1;
  }
  CHECK(wrong == 0);
}

// Two tasks on one thread never overlap: scratch chosen by thread is safe.
void check_threads_are_exclusive(refrain::Threads& pool) {
  std::vector<std::atomic<int>> busy(pool.count());
  std::atomic<int> collisions{0};
  pool.parallel_for(500, [&](int64_t, int thread) {
    if (busy[thread].fetch_add(1) != 0) ++collisions;
    busy[thread].fetch_sub(1);
  });
  CHECK(collisions == 0);
}

void check_sleepers_wake(refrain::Threads& pool) {
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    check_jobs(pool, 7, 1);
  }
}

void check_slow_tasks(refrain::Threads& pool) {
  std::atomic<int> done{0};
  pool.parallel_for(4, [&](int64_t task, int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(task == 3 ? 5 : 1));
    ++done;
  });
  CHECK(done == 4);
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 8}) {
    refrain::Threads pool(threads);
    CHECK(pool.count() == threads);
    check_jobs(pool, 0, 3);
    check_jobs(pool, 1, 100);
    check_jobs(pool, 2, 2000);
    check_jobs(pool, 37, 500);
    check_changing_jobs(pool, 20000);
    check_threads_are_exclusive(pool);
    check_sleepers_wake(pool);
    check_slow_tasks(pool);
  }
  for (int i = 0; i < 50; ++i) std::make_unique<refrain::Threads>(3);
  return refrain::test::report();
}
