// tune.hpp -- choose the weights theta of a penalty, or of samples, so that solutions do well on a criterion:
//
//   min over theta   F(theta) = 1/K sum_k C_k(x_k),   x_k = argmin over x of f_k(x; theta) + g(x; theta)
//
// A fold is a pair (f_k, C_k) of smooth terms: one pair is a hold-out set, K pairs are K-fold cross-validation; or C_k
// is a formula over the training data alone (risk: smoother_risk.hpp, monte_carlo_risk.hpp). Every evaluation solves
// the folds from their last solutions and takes the derivative from one linear system each (solution_map.hpp), so that
// thousands of weights cost what one does. Weights of penalties are searched by their logarithms, those of samples, in
// (0, 1), by log(theta / (1 - theta)). Bengio (2000); Pedregosa, Hyperparameter optimization with approximate gradient
// (2016); Franceschi et al., Forward and reverse gradient-based hyperparameter optimization (2017), sec. 5.1 (sample
// weights); Bertrand et al., Implicit differentiation for fast hyperparameter selection (2022).
#pragma once
#include <atomic>
#include <functional>
#include <vector>

#include "base/array_view.hpp"
#include "solve/control.hpp"
#include "solvers/bilevel/solution_map.hpp"
#include "solvers/bilevel/tune_declared.hpp"

namespace fenchel {

struct TuneFold {
  std::shared_ptr<const Smooth> f, criterion;  // of one size; criterion null unless settings.risk is holdout
};

// What is tuned, `size` values of theta.
struct TunedParameter {
  SolutionParameter which;
  index size;
  bool of_samples() const { return which == SolutionParameter::f_weights; }  // in (0, 1)
};
// What a parameter is to the solution: ("l1", "lam") -> g_l1, ("smoothed_tv", "eps") -> f_eps, (any, "f.weights") ->
// f_weights. UNSUPPORTED, naming what can be tuned.
SolutionParameter tuned_parameter(const char* penalty, const char* parameter);

struct TuneProblem {
  Dtype dtype = Dtype::f64;
  std::vector<TuneFold> folds;
  std::vector<TunedParameter> parameters;
  // One of the two: a simple term, or a smooth one like smoothed_tv, which threads make side by side.
  std::function<std::shared_ptr<const Prox>(const double* theta)> penalty;
  std::function<std::shared_ptr<const Smooth>(const double* theta)> smooth_penalty;
  bool serial = false;  // callbacks run on the calling thread
};

// theta: the start (> 0, of samples < 1) and the best found. x: (folds, n), (cv, n) with risk cross_validation, of the
// dtype, or ndim 0: the solutions there. Throws what the inner solves and derivatives throw, UNSUPPORTED for sample
// weights of what is no linear model, RANGE for a criterion that is not finite or a sigma of 0, CALLBACK for a monitor
// that fails.
TuneResult tune(const TuneProblem& problem, const TuneSettings& settings, const std::atomic<bool>* cancel,
                MonitorFn monitor, void* user, std::vector<double>& theta, const ArrayView& x);

}  // namespace fenchel
