// control.hpp -- the one stop block of a solve: cancel, time limit, monitor. Every nested loop sees the same one.
#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"
#include "base/interrupt.hpp"
#include "solve/outcome.hpp"

namespace fenchel {

// 0 go on, positive cancel, negative failure. Runs on the solving thread.
using MonitorFn = std::int32_t (*)(void* user, const Progress& progress);

// check(), and passes that poll() interrupts, throw Stopped; run() catches it and finishes with the best iterate.
class Control final : public Interrupt {
 public:
  Control(const std::atomic<bool>* cancel, MonitorFn monitor, void* user, double interval, double time_limit)
      : cancel_(cancel), monitor_(monitor), user_(user), interval_(interval), time_limit_(time_limit) {}
  Control() : Control(nullptr, nullptr, nullptr, kInf, 0.0) {}

  // Between chunks of work; false means stop. Cheap: one load, and a clock read.
  bool poll() override {
    if (stopped()) return false;
    if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) return stop(Termination::CANCELLED);
    if (!timed_) return true;
    const double now = clock_.seconds();
    if (time_limit_ > 0 && now >= time_limit_) return stop(Termination::TIME_LIMIT);
    if (monitor_ != nullptr && interval_ > 0 && now - last_call_ >= interval_) return call_monitor(now);
    return true;
  }

  // After each iteration: updates what the monitor sees; false means stop.
  bool go_on(const Progress& progress) {
    const double seconds = clock_.seconds();
    progress_ = progress;
    progress_.seconds = seconds;
    return poll() && (monitor_ == nullptr || interval_ > 0 || call_monitor(seconds));
  }
  // The same; throws Stopped.
  void check(const Progress& progress) {
    if (!go_on(progress)) throw Stopped{};
  }

  bool stopped() const { return reason_ != Termination::NOT_RUN; }
  Termination reason() const { return reason_; }
  std::int32_t callback_failure() const { return failure_; }  // negative if the monitor failed
  double seconds() const { return clock_.seconds(); }
  Progress& progress() { return progress_; }

 private:
  bool stop(Termination reason) {
    reason_ = reason;
    return false;
  }
  bool call_monitor(double now) {
    progress_.seconds = now;
    const std::int32_t answer = monitor_(user_, progress_);
    last_call_ = clock_.seconds();
    if (answer == 0) return true;
    if (answer < 0) failure_ = answer;
    return stop(Termination::CANCELLED);
  }

  const std::atomic<bool>* cancel_;
  MonitorFn monitor_;
  void* user_;
  double interval_;
  double time_limit_;
  bool timed_ = time_limit_ > 0 || monitor_ != nullptr;
  Clock clock_;
  double last_call_ = 0;
  Termination reason_ = Termination::NOT_RUN;
  std::int32_t failure_ = 0;
  Progress progress_{.residual = kNaN};
};

}  // namespace fenchel
