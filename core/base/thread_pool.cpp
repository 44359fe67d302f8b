#include "base/thread_pool.hpp"

#include <sched.h>

#include <system_error>

namespace fenchel {
namespace {

// Passes follow one another within microseconds, so a worker spins about that long before it sleeps.
constexpr int kSpins = 4000;

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  try {
    workers_.reserve(static_cast<std::size_t>(threads > 1 ? threads - 1 : 0));
    for (int worker = 1; worker < threads; ++worker) workers_.emplace_back([this, worker] { work(worker); });
  } catch (const std::system_error&) {
    // The system refuses more threads: go on with those we have. Results do not depend on their number.
  }
}

ThreadPool::~ThreadPool() {
  quit_.store(true);
  ticket_.fetch_add(1);
  ticket_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::begin(Job& job) {
  if (workers_.empty()) return;
  job.busy.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  job_.store(&job, std::memory_order_release);
  ticket_.fetch_add(1, std::memory_order_acq_rel);
  ticket_.notify_all();
}

void ThreadPool::end(Job& job) {
  if (!workers_.empty()) {
    for (int spin = 0; job.busy.load(std::memory_order_acquire) != 0;) {
      if (++spin < kSpins)
        relax();
      else
        std::this_thread::yield();
    }
  }
  if (job.failed.load()) std::rethrow_exception(job.error);
}

void ThreadPool::work(int worker) {
  unsigned seen = 0;
  for (;;) {
    for (int spin = 0; ticket_.load(std::memory_order_acquire) == seen;) {
      if (++spin < kSpins)
        relax();
      else
        ticket_.wait(seen, std::memory_order_acquire);
    }
    ++seen;
    if (quit_.load()) return;
    Job& job = *job_.load(std::memory_order_acquire);
    try {
      for (;;) {
        const index task = job.next.fetch_add(1, std::memory_order_relaxed);
        if (task >= job.count) break;
        job.call(job.body, task, worker);
      }
    } catch (...) {
      job.fail(std::current_exception());
    }
    job.busy.fetch_sub(1, std::memory_order_release);
  }
}

int ThreadPool::hardware_threads() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? static_cast<int>(n) : 1;
}

}  // namespace fenchel
