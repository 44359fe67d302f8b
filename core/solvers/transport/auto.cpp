// auto.cpp -- method `auto`: which of two methods a problem gets, decided by the problem and then by what is measured.
//
// Where eps is a fair share of the cost's range the plan is dense, a Newton system is as large as the cost, and
// Anderson sweeps need a dozen or two passes; where it is small the plan is sparse and Newton wins. Sweeps that turn
// out slow hand over their potentials.
#include <cmath>

#include "solvers/transport/newton.hpp"
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

constexpr double kDense = 9e-4;  // eps over the range of the cost from which on sweeps are tried first
constexpr double kNear = 0.25;   // residual at which Newton may go on from sweeps that were too slow, without annealing
constexpr int kWindow = 6;       // iterations over which their rate is judged
constexpr double kPatience = 60;  // iterations they may be expected to need still

class Auto final : public TransportIteration {
 public:
  explicit Auto(TransportState& state)
      : TransportIteration(state), sweeps_(make_anderson(state, false)), newton_(make_newton(state)) {}

  void rebind() override {
    sweeps_->rebind();
    newton_->rebind();
  }

  void start() override {
    sweeping_ = state_.problem->spec().eps >= kDense * state_.problem->geometry().cost_range();
    seen_ = 0;
    hand_over_ = false;
    if (sweeping_)
      sweeps_->start();
    else
      newton_->start();
  }

  // The change of method is made before the step after: a report belongs to the iterate that is kept with it.
  StepReport step() override {
    if (hand_over_) begin_newton();
    if (!sweeping_) return newton_->step();
    const StepReport report = sweeps_->step();
    hand_over_ = slow(report.residual);
    near_ = report.residual <= kNear;
    return report;
  }

  int patience() const override { return newton_->patience(); }

 private:
  void begin_newton() {
    hand_over_ = sweeping_ = false;
    if (near_)
      newton_->start_here();
    else
      newton_->start();
  }

  // Whether the rate of the last iterations leaves too many to come.
  bool slow(double residual) {
    const double before = history_[seen_ % kWindow];
    history_[seen_ % kWindow] = residual;
    if (++seen_ <= 2 * kWindow) return false;
    const double rate = std::log(residual / before) / kWindow;
    const double left = std::log(effective_tol(*state_.problem, state_.settings) / residual);
    return !(rate < 0) || left / rate > kPatience;
  }

  std::unique_ptr<TransportIteration> sweeps_;
  std::unique_ptr<NewtonIteration> newton_;
  bool sweeping_ = false;
  bool hand_over_ = false;  // to Newton, before the next step
  bool near_ = false;       // without annealing
  int seen_ = 0;
  double history_[kWindow] = {};
};

}  // namespace

std::unique_ptr<TransportIteration> make_auto(TransportState& state) { return std::make_unique<Auto>(state); }

}  // namespace fenchel
