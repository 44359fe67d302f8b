// solving_judge.cpp -- a fold solved by a solver of composite problems, differentiated by solution_vjp:
//
//   C(x(theta)),   dC/dtheta = (dx/dtheta)^T grad C(x)
//
// Tuned sample weights multiply those that f has, so that folds that mask samples by weights stay what they are.
#include <algorithm>

#include "base/buffer.hpp"
#include "smooth/model_term.hpp"
#include "solvers/bilevel/fold_judge.hpp"
#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {
namespace {

ArrayView vector_view(double* data, index size) {
  return {.dtype = Dtype::f64, .ndim = 1, .data = data, .shape = {size}, .strides = {8}};
}

class SolvingJudge final : public FoldJudge {
 public:
  SolvingJudge(const TuneProblem& problem, index fold, const TuneSettings& settings)
      : p_(problem),
        fold_(problem.folds[static_cast<std::size_t>(fold)]),
        settings_(settings),
        n_(fold_.f->size()),
        slope_(n_),
        at_(n_),
        memory_(fold_.criterion->scratch_bytes() + 64) {
    p_.dtype == Dtype::f32 ? x32_.resize(n_) : x64_.resize(n_);
    index count = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      if (parameter.of_samples()) first_sample_ = count;
      count += parameter.size;
    }
    gradient.resize(static_cast<std::size_t>(count));
    if (first_sample_ < 0) return;
    const LinearModel* model = fold_.f->linear_model();
    own_ = model->weights;
    if (own_.empty()) own_.assign(static_cast<std::size_t>(model->samples()), 1.0);
  }

  bool judge(const double* theta, const std::shared_ptr<const Prox>& g, const std::atomic<bool>* cancel) override {
    const auto inner =
        std::make_shared<const CompositeProblem>(p_.dtype, n_, weighted(theta), std::vector<Summand>{{g, nullptr}});
    MinimizeSettings options;
    options.tol = settings_.inner_tol > 0 ? settings_.inner_tol : p_.dtype == Dtype::f32 ? 1e-5 : 1e-9;
    options.max_iter = 100000;
    const auto solver = make_minimizer(inner, MinimizeMethod::method_auto, options);
    const ArrayView at = x();
    if (warm_) solver->warm_start(at);
    solved = solver->solve(cancel, nullptr, nullptr);
    solver->solution(at);
    const bool first = !warm_;
    warm_ = true;
    if (static_cast<Termination>(solved.termination) == Termination::CANCELLED) return false;
    differentiate(*inner, theta, first ? nullptr : &singular);
    return true;
  }

  ArrayView x() override {
    ArrayView view = vector_view(x64_.data(), n_);
    if (p_.dtype == Dtype::f32) {
      view.dtype = Dtype::f32;
      view.data = x32_.data();
      view.strides[0] = 4;
    }
    return view;
  }

 private:
  std::shared_ptr<const Smooth> weighted(const double* theta) const {
    if (first_sample_ < 0) return fold_.f;
    LinearModel model = *fold_.f->linear_model();
    model.weights = own_;
    for (std::size_t i = 0; i < own_.size(); ++i) model.weights[i] *= theta[first_sample_ + static_cast<index>(i)];
    return std::make_shared<ModelTerm>(std::move(model));
  }

  void differentiate(const CompositeProblem& inner, const double* theta, bool* no_derivative) {
    const ArrayView solution = x();
    for (index j = 0; j < n_; ++j) at_[j] = solution.real(j);
    value = fold_.criterion->gradient(at_.data(), slope_.data(), Scratch(memory_));
    std::vector<ParameterArray> outputs;
    index first = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      outputs.push_back({parameter.which, vector_view(gradient.data() + first, parameter.size)});
      first += parameter.size;
    }
    DerivativeSettings settings;
    settings.linear_solver = settings_.linear_solver;
    settings.require_certified = settings_.require_certified;
    settings.estimate = 0;
    derivative = solution_vjp(inner, solution, vector_view(slope_.data(), n_), outputs, settings, no_derivative);
    if (no_derivative != nullptr && *no_derivative) return;
    double most = 1;
    first = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      if (parameter.which == SolutionParameter::g_scale) {  // solution_vjp's factor is 1 at theta
        gradient[static_cast<std::size_t>(first)] /= theta[first];
        most = std::max(most, 1 / theta[first]);
      }
      first += parameter.size;
    }
    for (std::size_t i = 0; i < own_.size(); ++i) {
      gradient[static_cast<std::size_t>(first_sample_) + i] *= own_[i];
      most = std::max(most, own_[i]);
    }
    derivative.bound *= most;
  }

  const TuneProblem& p_;
  const TuneFold& fold_;
  const TuneSettings& settings_;
  const index n_;
  index first_sample_ = -1;
  std::vector<double> own_;  // f's own sample weights, where they are tuned
  Buffer<double> slope_, at_, x64_;
  Buffer<float> x32_;
  Buffer<std::byte> memory_;
  bool warm_ = false;
};

}  // namespace

std::unique_ptr<FoldJudge> make_solving_judge(const TuneProblem& problem, index fold, const TuneSettings& settings) {
  return std::make_unique<SolvingJudge>(problem, fold, settings);
}

}  // namespace fenchel
