#include "base/handoff.hpp"

#include <system_error>
#include <utility>

#include "base/error.hpp"

namespace fenchel {

Handoff::~Handoff() {
  if (!thread_.joinable()) return;
  abandoned_.store(true);
  if (turn_.load() == owner) give(routine);
  thread_.join();
}

bool Handoff::resume() {
  if (turn_.load(std::memory_order_acquire) == ended) return false;
  if (thread_.joinable()) {
    give(routine);
  } else {
    turn_.store(routine, std::memory_order_release);
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      turn_.store(owner, std::memory_order_relaxed);
      fail(Status::NOMEM, "the system gives no thread");
    }
  }
  if (wait_while(routine) == owner) return true;
  thread_.join();
  if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
  return false;
}

bool Handoff::pause() {
  if (abandoned_.load()) return false;
  give(owner);
  wait_while(owner);
  return !abandoned_.load();
}

void Handoff::run() noexcept {
  try {
    body_();
  } catch (...) {
    error_ = std::current_exception();
  }
  give(ended);
}

void Handoff::give(Turn next) {
  turn_.store(next, std::memory_order_release);
  turn_.notify_one();
}

// Without spinning: the other one may want this processor, and what it computes takes longer than to wake up.
int Handoff::wait_while(int turn) const {
  turn_.wait(turn, std::memory_order_acquire);
  return turn_.load(std::memory_order_acquire);
}

}  // namespace fenchel
