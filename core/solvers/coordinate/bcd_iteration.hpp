// bcd_iteration.hpp -- block coordinate descent as steps of the one loop: select, update, log the support, and Newton
// steps on the whole support once it has stood still.
//
// residual = || x - prox_{g / L}(x - grad / L) || L / scale,  scale = max(|grad f(0)|, |grad f(start)|), both 2-norms
#pragma once
#include <vector>

#include "solve/run.hpp"
#include "solvers/coordinate/bcd_pairing.hpp"
#include "solvers/coordinate/block_update_projection.hpp"

namespace fenchel {

class BcdIteration final : public Iteration {
 public:
  BcdIteration(const CompositeProblem& problem, const MinimizeSettings& settings);

  void warm_start(const ArrayView& x);
  void start() override;
  StepReport step() override;
  void keep() override;
  void restore() override;
  double verify() override;
  index iterations() const override { return iterations_; }
  Progress progress() const override;
  int patience() const override;

  const double* x() const { return state_.x(); }
  // Writes what the iteration counted and measured.
  void report(MinimizeResult& result);
  double simple_value(const double* x) const;
  index copied_bytes() const { return state_.model->copied_bytes(); }
  const std::vector<double>& trace() const { return trace_; }
  void finish_trace();

 private:
  double residual();
  void move(const Block& block, double t);
  void log_support(index j);
  bool newton_due() const;
  void newton();
  void record();

  const CompositeProblem& problem_;
  BcdState state_;
  BcdRules rules_;
  std::unique_ptr<PartitionRule> partition_;
  std::unique_ptr<BlockUpdateRule> update_;
  std::unique_ptr<SelectionRule> selection_;
  TwoMetric projection_;
  index newton_limit_ = 0;  // coordinates of the support that a Newton step may have; 0: none are made
  index sweep_ = 1;         // updates between two residuals
  double step_L_ = 1, scale_ = 1, residual_ = kNaN, simple_value_ = 0, kept_objective_ = kInf;
  index iterations_ = 0, support_ = 0, free_ = 0, changed_at_ = -1, newton_at_ = 0, newton_wait_ = 0;
  Buffer<double> start_, zero_, kept_;
  Buffer<char> held_;
  Buffer<index> free_members_;
  std::vector<double> trace_;
  index traced_ = 0;
  Clock clock_;
};

}  // namespace fenchel
