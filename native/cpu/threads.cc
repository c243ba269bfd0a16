#include "cpu/threads.h"

#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A test makes threads stop here.
#if !defined(REFRAIN_BEFORE_CLAIM)
#define REFRAIN_BEFORE_CLAIM()
#endif

namespace refrain {
namespace {

// The gap between two parallel sections of a step is a few microseconds, waking a sleeper takes
// tens. Yielding in the loop gives the processor to whoever waits for it.
constexpr std::chrono::microseconds kSpinTime(40);
constexpr int kPausesPerYield = 16;

void pause_briefly() {
  for (int i = 0; i < kPausesPerYield; ++i) {
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
  std::this_thread::yield();
}

template <class Condition>
bool spin_until(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
  do {
    if (condition()) return true;
    pause_briefly();
  } while (std::chrono::steady_clock::now() < deadline);
  return condition();
}

uint32_t job_of(uint64_t ticket) { return static_cast<uint32_t>(ticket >> 32); }
uint32_t unclaimed_of(uint64_t ticket) { return static_cast<uint32_t>(ticket); }

}  // namespace

Threads::Threads(int count) {
  workers_.reserve(count > 1 ? count - 1 : 0);
  for (int thread = 1; thread < count; ++thread) {
    workers_.emplace_back([this, thread] { work(thread); });
  }
}

Threads::~Threads() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  job_posted_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

int Threads::count() const { return static_cast<int>(workers_.size()) + 1; }

void Threads::run(int64_t tasks, TaskFunction function, const void* body) {
  if (tasks <= 1 || workers_.empty()) {
    for (int64_t task = 0; task < tasks; ++task) function(body, task, 0);
    return;
  }
  function_.store(function, std::memory_order_relaxed);
  body_.store(body, std::memory_order_relaxed);
  tasks_.store(tasks, std::memory_order_relaxed);
  completed_.store(0, std::memory_order_relaxed);
  const uint32_t job = job_of(ticket_.load(std::memory_order_relaxed)) + 1;
  ticket_.store(static_cast<uint64_t>(job) << 32 | static_cast<uint32_t>(tasks));
  if (sleeping_workers_.load() > 0) {
    { std::lock_guard<std::mutex> lock(mutex_); }
    job_posted_.notify_all();
  }
  claim_tasks(job, 0);
  await_completion(tasks);
}

void Threads::claim_tasks(uint32_t job, int thread) {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (job_of(ticket) == job && unclaimed_of(ticket) > 0) {
    // These may be the next job's, if this one has ended since. Then its last task has been claimed
    // too, and the exchange fails.
    REFRAIN_BEFORE_CLAIM();
    const TaskFunction function = function_.load(std::memory_order_relaxed);
    const void* body = body_.load(std::memory_order_relaxed);
    const int64_t tasks = tasks_.load(std::memory_order_relaxed);
    REFRAIN_BEFORE_CLAIM();
    const int64_t task = tasks - unclaimed_of(ticket);
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel)) continue;
    function(body, task, thread);
    if (completed_.fetch_add(1) + 1 == tasks && caller_sleeps_.load()) {
      { std::lock_guard<std::mutex> lock(mutex_); }
      job_completed_.notify_one();
    }
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void Threads::await_completion(int64_t tasks) {
  const auto completed = [&] { return completed_.load() == tasks; };
  if (spin_until(completed)) return;
  std::unique_lock<std::mutex> lock(mutex_);
  caller_sleeps_ = true;
  job_completed_.wait(lock, completed);
  caller_sleeps_ = false;
}

bool Threads::await_job(uint32_t last_job, uint32_t* job) {
  const auto posted = [&] {
    *job = job_of(ticket_.load());
    return *job != last_job || stopping_.load();
  };
  if (!spin_until(posted)) {
    std::unique_lock<std::mutex> lock(mutex_);
    ++sleeping_workers_;
    job_posted_.wait(lock, posted);
    --sleeping_workers_;
  }
  return !stopping_.load();
}

void Threads::work(int thread) {
  uint32_t job = 0;
  while (await_job(job, &job)) claim_tasks(job, thread);
}

}  // namespace refrain
