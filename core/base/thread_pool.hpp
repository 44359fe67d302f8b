// thread_pool.hpp -- threads that live as long as one solve.
//
// run(count, body) calls body(task, worker) for task = 0 .. count-1, each once, on any worker 0 .. threads()-1; the
// caller is worker 0. Which worker takes which task is not fixed, so tasks must not depend on it: that, and tasks cut
// independently of the number of threads, is what makes results the same for any number of threads.
#pragma once
#include <atomic>
#include <exception>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/types.hpp"

namespace fenchel {

class ThreadPool {
 public:
  explicit ThreadPool(int threads = 1);  // as many as the system gives, at least the caller
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // between() runs on the calling thread before each of its own tasks and returns false to skip all tasks not yet
  // begun; then run returns false. An exception of any task is rethrown here, after all workers are idle.
  template <class Body, class Between>
  bool run(index count, Body&& body, Between&& between) {
    using Function = std::remove_reference_t<Body>;
    Job job{count, const_cast<void*>(static_cast<const void*>(&body)),
            [](void* f, index task, int worker) { (*static_cast<Function*>(f))(task, worker); }};
    begin(job);
    bool go_on = true;
    try {
      while (go_on && (go_on = between())) {
        const index task = job.next.fetch_add(1, std::memory_order_relaxed);
        if (task >= count) break;
        body(task, 0);
      }
      if (!go_on) job.next.store(count, std::memory_order_relaxed);
    } catch (...) {
      job.fail(std::current_exception());
    }
    end(job);
    return go_on;
  }

  // The processors this process may use.
  static int hardware_threads();

 private:
  struct Job {
    index count;
    void* body;
    void (*call)(void*, index, int);
    std::atomic<index> next{0};
    std::atomic<int> busy{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error{};
    void fail(std::exception_ptr e) {
      if (!failed.exchange(true)) error = std::move(e);
      next.store(count, std::memory_order_relaxed);
    }
  };
  void begin(Job& job);
  void end(Job& job);
  void work(int worker);

  std::vector<std::thread> workers_;
  std::atomic<Job*> job_{nullptr};
  std::atomic<unsigned> ticket_{0};  // counts jobs; workers sleep on it
  std::atomic<bool> quit_{false};
};

}  // namespace fenchel
