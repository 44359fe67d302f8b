// smooth_judge.cpp -- a fold whose penalty is smooth:
//
//   x(theta) = argmin over x of f(x) + h(x; theta),   C(x(theta)),   dC/dtheta = (dx/dtheta)^T grad C(x)
//
// by SmoothNewton from the last solution, in double whatever the problem's dtype, and solution_vjp.
#include "solvers/bilevel/fold_judge.hpp"
#include "solvers/bilevel/smooth_newton.hpp"

namespace fenchel {
namespace {

class SmoothJudge final : public FoldJudge {
 public:
  SmoothJudge(const TuneProblem& problem, index fold, const TuneSettings& settings)
      : p_(problem),
        fold_(problem.folds[static_cast<std::size_t>(fold)]),
        settings_(settings),
        n_(fold_.f->size()),
        slope_(n_),
        x_(n_, 0.0),
        narrow_(problem.dtype == Dtype::f32 ? n_ : 0),
        memory_(fold_.criterion->scratch_bytes() + 64) {
    if ((fold_.f->caps() & SMOOTH_HVP) == 0 || (fold_.f->caps() & SMOOTH_CONVEX) == 0)
      fail(Status::UNSUPPORTED, "f with a smooth penalty must be convex and have Hessian products (capability hvp)");
    index count = 0;
    for (const TunedParameter& parameter : p_.parameters) {
      if (parameter.of_samples()) fail(Status::UNSUPPORTED, "f.weights cannot be tuned with a smooth penalty");
      count += parameter.size;
    }
    gradient.resize(static_cast<std::size_t>(count));
  }

  bool judge(const double* theta, const std::shared_ptr<const Prox>&, const std::atomic<bool>* cancel, bool value_alone,
             double) override {
    const auto f = smooth_sum({fold_.f, p_.smooth_penalty(theta)});
    const bool first = newton_ == nullptr;
    if (first) newton_ = std::make_unique<SmoothNewton>(n_, f->scratch_bytes());
    const double tol = settings_.inner_tol > 0 ? settings_.inner_tol : p_.dtype == Dtype::f32 ? 1e-5 : 1e-9;
    newton_->interrupt = interrupt;
    solved = newton_->solve(*f, tol, 1000, cancel, x_.data());
    singular = false;
    if (static_cast<Termination>(solved.termination) == Termination::CANCELLED) return false;
    for (index j = 0; j < narrow_.size(); ++j) narrow_[j] = static_cast<float>(x_[j]);
    value = fold_.criterion->gradient(x_.data(), value_alone ? nullptr : slope_.data(), Scratch(memory_));
    if (value_alone) return true;
    const CompositeProblem inner(p_.dtype, n_, f, {});
    std::vector<ParameterArray> outputs;
    double* out = gradient.data();
    for (const TunedParameter& parameter : p_.parameters) {
      outputs.push_back({parameter.which, vector_view(out, parameter.size)});
      out += parameter.size;
    }
    DerivativeSettings how;
    how.linear_solver = settings_.linear_solver;
    how.require_certified = settings_.require_certified;
    how.estimate = 0;
    derivative = solution_vjp(inner, x(), vector_view(slope_.data(), n_), outputs, how, first ? nullptr : &singular);
    return true;
  }

  ArrayView x() override {
    ArrayView view = vector_view(x_.data(), n_);
    if (p_.dtype == Dtype::f32) {
      view.dtype = Dtype::f32;
      view.data = narrow_.data();
      view.strides[0] = 4;
    }
    return view;
  }

 private:
  static ArrayView vector_view(double* data, index size) {
    return {.dtype = Dtype::f64, .ndim = 1, .data = data, .shape = {size}, .strides = {8}};
  }

  const TuneProblem& p_;
  const TuneFold& fold_;
  const TuneSettings& settings_;
  const index n_;
  Buffer<double> slope_, x_;
  Buffer<float> narrow_;
  Buffer<std::byte> memory_;
  std::unique_ptr<SmoothNewton> newton_;
};

}  // namespace

std::unique_ptr<FoldJudge> make_smooth_judge(const TuneProblem& problem, index fold, const TuneSettings& settings) {
  return std::make_unique<SmoothJudge>(problem, fold, settings);
}

}  // namespace fenchel
