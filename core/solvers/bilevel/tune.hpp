// tune.hpp -- choose the weights theta of a penalty so that solutions do well on a criterion:
//
//   min over theta > 0   F(theta) = 1/K sum_k C_k(x_k),   x_k = argmin over x of f_k(x) + g(x; theta)
//
// A fold is a pair (f_k, C_k) of smooth terms: one pair is a hold-out set, K pairs are K-fold cross-validation. Every
// evaluation solves the folds from their last solutions and takes dF/d log theta from one linear system each
// (solution_map.hpp), so that thousands of weights cost what one does. Bengio (2000); Pedregosa, Hyperparameter
// optimization with approximate gradient (2016); Bertrand et al., Implicit differentiation for fast hyperparameter
// selection (2022).
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
  std::shared_ptr<const Smooth> f, criterion;  // of one size
};

// A parameter of the penalty's term that is tuned, `size` values of theta.
struct TunedParameter {
  SolutionParameter which;
  index size;
};
// What a parameter of a penalty is to the solution: ("l1", "lam") -> g_l1. UNSUPPORTED, naming what can be tuned.
SolutionParameter tuned_parameter(const char* penalty, const char* parameter);

struct TuneProblem {
  Dtype dtype = Dtype::f64;
  std::vector<TuneFold> folds;
  std::vector<TunedParameter> parameters;
  std::function<std::shared_ptr<const Prox>(const double* theta)> penalty;
  bool serial = false;  // callbacks run on the calling thread
};

// theta: the start (> 0) and the best found. x: (folds, n) of the dtype, or ndim 0: the solutions there. Throws what
// the inner solves and derivatives throw, RANGE for a criterion that is not finite, CALLBACK for a monitor that fails.
TuneResult tune(const TuneProblem& problem, const TuneSettings& settings, const std::atomic<bool>* cancel,
                MonitorFn monitor, void* user, std::vector<double>& theta, const ArrayView& x);

}  // namespace fenchel
