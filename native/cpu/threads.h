// A small pool of threads that share out numbered tasks. The calling thread works too, and
// parallel_for returns when every task is done. Tasks are claimed one by one, so a thread that
// loses its processor delays only the task it holds; no task may wait for another.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace refrain {

class Threads {
 public:
  // `count` includes the calling thread; at least 1.
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const;

  // Calls body(task, thread) for every task in [0, tasks), fewer than 2^32, where `thread` in
  // [0, count()) tells which of the pool's threads runs it, to choose scratch memory. The body
  // must not throw, and must not call parallel_for. One caller at a time.
  template <class Body>
  void parallel_for(int64_t tasks, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run(
        tasks,
        [](const void* b, int64_t task, int thread) {
          (*const_cast<Plain*>(static_cast<const Plain*>(b)))(task, thread);
        },
        &body);
  }

 private:
  using TaskFunction = void (*)(const void* body, int64_t task, int thread);

  void run(int64_t tasks, TaskFunction function, const void* body);
  void work(int thread);
  void claim_tasks(uint32_t job, int thread);
  bool await_job(uint32_t last_job, uint32_t* job);
  void await_completion(int64_t tasks);

  // The job's number in the upper half, the count of its unclaimed tasks in the lower. A claim
  // exchanges both, so it succeeds only while the job that was read has tasks left, and a job
  // with tasks left has not given way to the next.
  std::atomic<uint64_t> ticket_{0};
  std::atomic<TaskFunction> function_{nullptr};
  std::atomic<const void*> body_{nullptr};
  std::atomic<int64_t> tasks_{0};
  std::atomic<int64_t> completed_{0};

  std::mutex mutex_;
  std::condition_variable job_posted_;
  std::condition_variable job_completed_;
  std::atomic<int> sleeping_workers_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> workers_;
};

}  // namespace refrain
