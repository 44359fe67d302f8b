// proximal_base.hpp -- what all proximal methods share: the face of a solver, the best iterate, counters, trace,
// result.
//
// A method says how to begin at x, how to advance, and what a fresh residual of x is.
#pragma once
#include "base/buffer.hpp"
#include "solve/run.hpp"
#include "solvers/composite/minimize_solver.hpp"
#include "solvers/proximal/counted_terms.hpp"

namespace fenchel {

using ProblemPtr = std::shared_ptr<const CompositeProblem>;

// What a method knows of an iterate.
struct Standing {
  double residual = kNaN;   // relative
  double objective = kNaN;  // NaN: not known
  double smooth = kNaN;     // f(x)
  double dual = -kInf;
};

template <class T>
class ProximalBase : public MinimizeSolver, protected Iteration {
 public:
  ProximalBase(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings);

  const CompositeProblem& problem() const final { return *problem_; }
  void warm_start(const ArrayView& x) final;
  const MinimizeResult& solve(const std::atomic<bool>* cancel, MonitorFn monitor, void* user) final;
  bool solved() const final { return solved_; }
  const MinimizeResult& result() const final { return result_; }
  void solution(const ArrayView& x) const final;
  void dual(index summand, const ArrayView& u) const final;
  const std::vector<double>& trace() const final { return trace_; }

 protected:
  // One method.
  virtual void begin() = 0;        // x_ holds the start; sets scale_
  virtual Standing advance() = 0;  // moves x_
  virtual Standing fresh() = 0;    // of x_; may write duals
  virtual void keep_more() {}      // besides x_: what fresh() reads
  virtual void restore_more() {}
  // The dual point of a summand, or null.
  virtual const T* dual_point(index) const { return nullptr; }

  index n() const { return terms_.n(); }
  bool traced() const { return settings_.trace > 0; }
  void check_stop() {
    if (!control_->poll()) throw Stopped{};
  }

  ProblemPtr problem_;
  MinimizeMethod method_;
  MinimizeSettings settings_;
  MinimizeResult result_;
  CountedTerms<T> terms_;
  Buffer<T> x_;
  double scale_ = 1;
  double step_ = 0;

 private:
  void start() final;
  StepReport step() final;
  void keep() final;
  void restore() final;
  double verify() final;
  void finish(Termination end) final;
  index iterations() const final { return result_.iterations; }
  Progress progress() const final;
  int patience() const override { return 1000; }
  void record(const Standing& standing);
  void fill_result(Termination end);

  void watch_support();

  std::uint64_t pattern_ = 0;  // of the zeros of x_, and when it changed last
  index pattern_since_ = 0;
  Buffer<T> answer_, warm_;
  bool has_warm_ = false, solved_ = false, verified_ = false;
  Control* control_ = nullptr;
  Standing last_, kept_;
  std::vector<double> trace_;
  Buffer<double> ring_;
  index recorded_ = 0;
};

}  // namespace fenchel
