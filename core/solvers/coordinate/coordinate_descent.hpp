// coordinate_descent.hpp -- the `cd` engine for one output: working sets round WorkingModel, gap-safe screening, exact
// intercept, duality gap. README has the equations.
#pragma once
#include "base/thread_pool.hpp"
#include "solve/run.hpp"
#include "solvers/coordinate/path_solver.hpp"
#include "solvers/coordinate/working_model.hpp"

namespace fenchel {

class CoordinateDescent final : public PathSolver, private Iteration {
 public:
  CoordinateDescent(std::shared_ptr<const CompositeProblem> problem, const MinimizeSettings& settings);

  static index bytes(const CompositeProblem& problem, const MinimizeSettings& settings);

  const CompositeProblem& problem() const override { return *problem_; }
  void warm_start(const ArrayView& x) override;
  const MinimizeResult& solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) override;
  bool solved() const override { return solved_; }
  const MinimizeResult& result() const override { return result_; }
  void solution(const ArrayView& x) const override;
  void dual(index summand, const ArrayView& u) const override;
  const std::vector<double>& trace() const override { return trace_; }

  void set_factor(double t) override;
  void start_from_present() override { warm_ = present_ = true; }
  void limit_time(double seconds) override { settings_.time_limit = seconds; }
  const double* predictor() const override { return z_.data(); }
  KnownSolution known() override;
  double largest_factor() override;

 private:
  void start() override;
  void start_at_zero();
  void revive();
  double factor_needed() const;
  double separable_factor();
  double linear_value() const;
  index count_strong(const index* candidates, index count) const;
  StepReport step() override;
  void keep() override;
  void restore() override;
  double verify() override;
  index iterations() const override { return stuck_ ? settings_.max_iter : working_.epochs; }
  Progress progress() const override;
  int patience() const override { return 2000; }

  void fresh_predictor();
  void fit_intercept();
  double simple_value() const;
  void evaluate(bool all);
  void evaluate_screened();
  void update_dual(const index* list, index count);
  double dual_at(const index* list, index count, double alpha);
  int open_side(index j) const;
  void prepare_shift();
  bool find_shift();
  void aim_dual(const index* list, index count);
  bool scale_range(const index* list, index count, double& low, double& high) const;
  bool screens(index j, double radius, double norm) const;
  bool screening_pays(double radius) const;
  void screen();
  index choose();
  bool solve_working_set(index count);
  void damp();
  void take_exact_step(index count);
  bool apply_model(index count);
  double violation() const;
  double measure() const;
  void record();
  void finish(Termination end, const Control& control);

  std::shared_ptr<const CompositeProblem> problem_;
  MinimizeSettings settings_;
  const LinearModel& model_;
  std::unique_ptr<Design> design_;
  Penalty penalty_;
  WorkingModel working_;
  index n_, p_;
  bool convex_, quadratic_, homogeneous_ = false, unbounded_ = false;
  double curvature_, level_;  // of all weights, 0 where they differ
  Control* control_ = nullptr;
  ThreadPool* pool_ = nullptr;

  Buffer<double> w_, best_w_, grad_, v_, norms_;   // (p)
  Buffer<double> z_, dz_, trial_, u_, h_, theta_;  // (n)
  // Dual points (dual_shift.cpp): where they are tried; the shift's direction, its products, shifted slopes and
  // gradient.
  enum class Shift { none, found, missing } shift_ = Shift::none;
  const double *dual_slopes_ = nullptr, *dual_grad_ = nullptr;
  Buffer<double> shift_delta_, shift_slopes_, shift_dots_, shift_grad_;
  Buffer<index> alive_, list_;     // (p)
  Buffer<double> packed_, score_;  // (p)
  Buffer<unsigned char> dead_;     // (p): screened
  index alive_count_ = 0, last_count_ = 0, violators_ = 0;
  double b_ = 0, best_b_ = 0;
  double smooth_ = 0, objective_ = 0, dual_ = -kInf, scale_ = 1, residual_ = kInf, kkt_scale_ = 1;
  double tol_ = 0, eagerness_ = 0.1, alpha_ = 1, damping_ = 0;
  double last_factor_ = 0, strong_ = 0;
  bool warm_ = false, present_ = false, scale_known_ = false, solved_before_ = false, solved_ = false,
       norms_known_ = false, has_dual_ = false, complete_ = false, stuck_ = false, fresh_dual_ = false;
  index products_ = 0, gradients_ = 0, values_ = 0, outer_ = 0, screened_ = 0, support_ = 0, support_iteration_ = -1;
  std::uint64_t support_hash_ = 0;
  MinimizeResult result_;
  std::vector<double> trace_;
  index trace_next_ = 0;
};

}  // namespace fenchel
