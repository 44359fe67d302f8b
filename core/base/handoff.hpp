// handoff.hpp -- a routine that can be left in the middle and gone on with later.
//
// It has a thread of its own, of which one runs at a time, the owner or the routine: each hands the turn over and
// sleeps until it comes back. So nothing that they share needs a lock. Used where a caller wants to be asked instead of
// called back.
#pragma once
#include <atomic>
#include <exception>
#include <functional>
#include <thread>

namespace fenchel {

class Handoff {
 public:
  explicit Handoff(std::function<void()> body) : body_(std::move(body)) {}
  // In any state: a routine in the middle sees pause() return false, and is waited for.
  ~Handoff();
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;

  // The owner: lets the routine go on until it pauses (true) or has ended (false). What ended it is rethrown, once.
  // Throws NOMEM where the system gives no thread; the routine can then be started later.
  bool resume();
  // The routine: lets the owner go on. False: the routine is not wanted any more, and must end.
  bool pause();

 private:
  enum Turn : int { owner, routine, ended };

  void run() noexcept;
  void give(Turn next);
  int wait_while(int turn) const;

  std::function<void()> body_;
  std::atomic<int> turn_{owner};
  std::atomic<bool> abandoned_{false};
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace fenchel
