// block_descent.hpp -- the `cd` engine for blocks: group norms, and losses of K outputs, whose blocks are the K
// coefficients of a feature. Working sets round BlockModel, gap-safe screening, exact intercepts, duality gap: README.
#pragma once
#include "base/thread_pool.hpp"
#include "solve/run.hpp"
#include "solvers/coordinate/block_model.hpp"
#include "solvers/coordinate/path_solver.hpp"

namespace fenchel {

class BlockDescent final : public PathSolver, private Iteration {
 public:
  BlockDescent(std::shared_ptr<const CompositeProblem> problem, const MinimizeSettings& settings);
  // Why it does not take this problem, or null.
  static const char* refusal(const CompositeProblem& problem);
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
  double largest_factor() override;

 private:
  void start() override;
  StepReport step() override;
  void keep() override;
  void restore() override;
  double verify() override;
  index iterations() const override { return stuck_ ? settings_.max_iter : working_.epochs; }
  Progress progress() const override;
  int patience() const override { return 2000; }

  const double* sample_weights() const { return model_.weights.empty() ? nullptr : model_.weights.data(); }
  double linear(index c) const { return model_.linear.empty() ? 0.0 : model_.linear[static_cast<std::size_t>(c)]; }
  double offset(index i) const { return model_.offset.empty() ? 0.0 : model_.offset[static_cast<std::size_t>(i)]; }

  // block_start.cpp
  void start_at_zero();
  void revive();
  double factor_needed(index b);

  // block_outer.cpp
  const double* pack(index b, const double* from);
  index coordinates_of(const index* blocks, index count);
  void fresh_predictor();
  void remove_mean(double* shift) const;
  void fit_intercepts();
  bool intercept_direction(const double* sum, double* move);
  double simple_value();
  double linear_value() const;
  void evaluate(bool all);
  double measure();
  double violation();
  index choose();
  index count_strong(const index* candidates, index count) const;
  bool solve_working_set(index count);
  void find_curvature(BlockInput& input);
  bool apply_model();
  bool search(double slope, double& alpha);
  double simple_change(double alpha);
  void record();
  void finish(Termination end, const Control& control);

  // block_dual.cpp
  void dual_vector(index b, double alpha, double* v) const;
  bool feasible_range(index b, double target, double& low, double& high);
  double dual_at(const index* blocks, index count, double alpha);
  double best_factor() const;
  void update_dual(const index* blocks, index count);
  void screen();
  double block_norm(index b);

  std::shared_ptr<const CompositeProblem> problem_;
  MinimizeSettings settings_;
  const LinearModel& model_;
  std::unique_ptr<Design> design_;
  LiftedDesign lifted_;
  BlockPenalty penalty_;
  BlockModel working_;
  index n_, outputs_, size_, all_;  // samples, K, features K, n K
  bool quadratic_, homogeneous_;
  double curvature_;
  Control* control_ = nullptr;
  ThreadPool* pool_ = nullptr;

  Buffer<double> w_, best_w_, grad_, v_, packed_, moves_;          // (size)
  Buffer<double> z_, dz_, trial_, u_, h_;                          // (n, K)
  Buffer<double> score_, norms_;                                   // (blocks)
  Buffer<double> block_a_, block_b_;                               // (largest block)
  Buffer<double> b_, best_b_, sum_, shift_, cg_r_, cg_p_, cg_Ap_;  // (K)
  Buffer<index> alive_, list_, coordinates_;
  Buffer<unsigned char> dead_;  // (blocks): 1 screened, 2 with one legal value
  index alive_count_ = 0, last_count_ = 0, violators_ = 0;
  double smooth_ = 0, objective_ = 0, dual_ = -kInf, scale_ = 1, residual_ = kInf;
  double tol_ = 0, eagerness_ = 0.1, damping_ = 0, last_factor_ = 0, strong_ = 0, kkt_scale_ = 1;
  bool warm_ = false, present_ = false, scale_known_ = false, solved_before_ = false, solved_ = false,
       norms_known_ = false, has_dual_ = false, complete_ = false, stuck_ = false, fresh_dual_ = false;
  index products_ = 0, gradients_ = 0, values_ = 0, outer_ = 0, screened_ = 0, support_ = 0, support_iteration_ = -1;
  std::uint64_t support_hash_ = 0;
  MinimizeResult result_;
  std::vector<double> trace_;
};

}  // namespace fenchel
