#include "solvers/coordinate/make_bcd.hpp"

#include <cmath>

#include "solvers/coordinate/bcd_gap.hpp"
#include "solvers/coordinate/bcd_iteration.hpp"
#include "solvers/coordinate/bcd_linear.hpp"

namespace fenchel {
namespace {

constexpr double kTol64 = 1e-8, kTol32 = 1e-5;

void check_problem(const CompositeProblem& problem) {
  const Smooth* f = problem.f();
  if (f == nullptr)
    fail(Status::UNSUPPORTED, "bcd needs a smooth term f; legal without one: douglas_rachford, admm, pdhg");
  const LinearModel* model = f->linear_model();
  const bool stored = model != nullptr && model->A->stored() != nullptr;
  if (!stored && f->hessian() == nullptr)
    fail(Status::UNSUPPORTED,
         "bcd needs columns: an f that is a linear model of a stored matrix, or a quadratic with a stored one; legal "
         "here: ista, fista, adaptive, nmapg");
  if ((f->caps() & SMOOTH_CONVEX) == 0)
    fail(Status::UNSUPPORTED, "bcd needs a convex f: its bounds are positive semidefinite; legal here: nmapg, iht");
  if (problem.summands().empty()) return;
  const Summand& summand = problem.summands().front();
  if (problem.summands().size() > 1)
    fail(Status::UNSUPPORTED, "bcd takes one simple term and the problem has %; legal: pdhg, condat_vu, davis_yin",
         static_cast<index>(problem.summands().size()));
  if (summand.A != nullptr)
    fail(Status::UNSUPPORTED, "bcd takes a simple term of x itself, not behind an operator; legal: condat_vu, admm");
  if ((summand.g->caps() & PROX_SEPARABLE) == 0)
    fail(Status::UNSUPPORTED, "bcd needs a separable g; legal here: cd for groups, ista, fista, adaptive, nmapg");
}

class BcdSolver final : public MinimizeSolver {
 public:
  BcdSolver(std::shared_ptr<const CompositeProblem> problem, const MinimizeSettings& settings)
      : problem_(std::move(problem)),
        settings_(settings),
        iteration_(*problem_, settings),
        x_(problem_->size(), 0.0),
        memory_(problem_->f()->scratch_bytes()),
        gap_(*problem_) {}

  const CompositeProblem& problem() const override { return *problem_; }
  void warm_start(const ArrayView& x) override {
    check_length("x", x, problem_->size());
    for (index j = 0; x.ndim != 0 && j < problem_->size(); ++j)
      if (!std::isfinite(x.real(j))) fail(Status::NOT_FINITE, "x[%] is %: a warm start is finite", j, x.real(j));
    iteration_.warm_start(x);
  }
  const MinimizeResult& solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) override;
  bool solved() const override { return solved_; }
  const MinimizeResult& result() const override { return result_; }
  void solution(const ArrayView& x) const override {
    check_length("x", x, problem_->size());
    for (index j = 0; j < problem_->size(); ++j) x.set_real(x_[j], j);
  }
  void dual(index, const ArrayView&) const override {
    fail(Status::UNSUPPORTED, "bcd has no dual point; legal: cd, pdhg, condat_vu, admm");
  }
  const std::vector<double>& trace() const override { return iteration_.trace(); }

 private:
  void certify();

  std::shared_ptr<const CompositeProblem> problem_;
  MinimizeSettings settings_;
  BcdIteration iteration_;
  MinimizeResult result_;
  Buffer<double> x_;
  Buffer<std::byte> memory_;
  BcdGap gap_;
  bool solved_ = false;
};

const MinimizeResult& BcdSolver::solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) {
  Control control(cancel, monitor, user, settings_.monitor_interval, settings_.time_limit);
  solved_ = false;
  result_ = {};
  const double fallback = problem_->dtype() == Dtype::f32 ? kTol32 : kTol64;
  const double tol = settings_.tol > 0 ? settings_.tol : fallback;
  const Termination end = run(iteration_, control, {tol, settings_.max_iter});
  iteration_.finish_trace();
  iteration_.report(result_);
  certify();
  result_.termination = static_cast<declared::I32>(end);
  result_.method = static_cast<declared::I32>(MinimizeMethod::method_bcd);
  result_.num_threads = 1;
  result_.tol = tol;
  result_.seconds = control.seconds();
  solved_ = true;
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  return result_;
}

// The objective at the x that is handed out, from the terms themselves.
void BcdSolver::certify() {
  const bool single = problem_->dtype() == Dtype::f32;
  for (index j = 0; j < problem_->size(); ++j)
    x_[j] = single ? static_cast<double>(static_cast<float>(iteration_.x()[j])) : iteration_.x()[j];
  result_.smooth = problem_->f()->gradient(x_.data(), nullptr, Scratch(memory_));
  result_.objective = result_.smooth + iteration_.simple_value(x_.data());
  result_.dual = gap_.dual(x_.data());
  result_.gap = result_.objective - result_.dual;
  const Certificate proved = !problem_->convex()    ? Certificate::STATIONARITY
                             : result_.dual > -kInf ? Certificate::GAP
                                                    : Certificate::RESIDUAL;
  result_.certificate = static_cast<declared::I32>(proved);
  result_.copied_bytes = iteration_.copied_bytes();
}

}  // namespace

std::unique_ptr<MinimizeSolver> make_bcd(std::shared_ptr<const CompositeProblem> problem,
                                         const MinimizeSettings& settings) {
  check_problem(*problem);
  return std::make_unique<BcdSolver>(std::move(problem), settings);
}

index bcd_bytes(const CompositeProblem& problem, const MinimizeSettings& settings) {
  check_problem(problem);
  const index n = problem.size(), k = settings.block_size == 0 ? 5 : std::min<index>(settings.block_size, n);
  const LinearModel* model = problem.f()->linear_model();
  const index samples = model == nullptr ? 0 : model->samples() * model->outputs();
  const bool kinks = !problem.summands().empty();
  const index support = kinks && settings.newton != 0 ? std::min<index>(n, 1500) : 0;
  const index trace = settings.trace * kTraceColumns;
  return 8 * (24 * n + 6 * samples + 5 * k * k + n * k + trace) + TwoMetric::bytes(support) +
         gram_bcd_bytes(*problem.f());
}

}  // namespace fenchel
