#include "solvers/proximal/unfold.hpp"

#include <cmath>

#include "solvers/proximal/counted_terms.hpp"

namespace fenchel {
namespace {

void check_vector(const char* name, const ArrayView& array, index length, double lower, bool strict) {
  if (array.ndim != 1 || array.shape[0] != length)
    fail(Status::SHAPE, "% has % entries; legal: %", name, array.ndim == 1 ? array.shape[0] : index{0}, length);
  for (index i = 0; i < length; ++i) {
    const double value = array.real(i);
    if (!std::isfinite(value)) fail(Status::NOT_FINITE, "%[%] is %: it must be finite", name, i, value);
    if (value < lower || (strict && value == lower))
      fail(Status::RANGE, "%[%] is %; legal: %%", name, i, value, strict ? "> " : ">= ", lower);
  }
}

void check_output(const char* name, const ArrayView& array, index length) {
  if (array.ndim != 0 && (array.ndim != 1 || array.shape[0] != length))
    fail(Status::SHAPE, "% has % entries; legal: %", name, array.ndim == 1 ? array.shape[0] : index{0}, length);
}

index check_input(const CompositeProblem& problem, const UnfoldInput& input) {
  if (problem.f() == nullptr) fail(Status::UNSUPPORTED, "unfolding needs a smooth term, and the problem has none");
  if (problem.summands().size() > 1)
    fail(Status::UNSUPPORTED, "unfolding takes one simple term, and the problem has several");
  for (const Summand& summand : problem.summands())
    if (summand.A != nullptr)
      fail(Status::UNSUPPORTED, "unfolding takes no operators, and the simple term of the problem is behind one");
  if (input.steps.ndim != 1 || input.steps.shape[0] == 0)
    fail(Status::SHAPE, "steps has no entries; legal: (T) with T > 0");
  const index count = input.steps.shape[0];
  check_vector("steps", input.steps, count, 0, true);
  if (input.thresholds.ndim != 0) check_vector("thresholds", input.thresholds, count, 0, false);
  if (input.x0.ndim != 0) check_vector("x0", input.x0, problem.size(), -kInf, false);
  return count;
}

// Iterates x_0 ... x_T and what a layer needs.
template <class T>
class Layers {
 public:
  Layers(const CompositeProblem& problem, const UnfoldInput& input, index kept)
      : terms_(problem, counts_), input_(input), points_(kept * terms_.n()), grad_(terms_.n()), v_(terms_.n()) {
    for (index j = 0; j < n(); ++j) point(0)[j] = input.x0.ndim == 0 ? T(0) : static_cast<T>(input.x0.real(j));
  }
  index n() const { return terms_.n(); }
  T* point(index t) { return points_.data() + t * n(); }
  double step(index t) const { return input_.steps.real(t); }
  double factor(index t) const { return input_.thresholds.ndim == 0 ? 1.0 : input_.thresholds.real(t); }

  // grad_ and v_ of layer t at x; returns f(x).
  double aim(index t, const T* x) {
    const double f = terms_.gradient(x, grad_.data());
    add_scaled(x, -step(t), grad_.data(), v_.data(), n());
    return f;
  }
  void land(index t, T* out) {
    const double length = step(t) * factor(t);
    terms_.prox_x(length > 0 ? 0 : terms_.count(), v_.data(), length, out);
  }
  double objective(const T* x) { return terms_.value(x) + (terms_.count() > 0 ? terms_.simple(0, x) : 0.0); }

  // One layer backwards: c is of x_{t+1} = next, becomes that of x_t = x.
  void back(index t, const T* x, const T* next, T* c, T* w, T* scratch, double& step_grad, double& factor_grad) {
    aim(t, x);
    const double s = step(t), length = s * factor(t);
    copy_to(c, w, n());
    double e = 0;
    if (length > 0 && terms_.count() > 0) {
      const index m = terms_.inner();
      terms_.vjp(0, v_.data(), length, c, w);
      e = -slope_between(w, next, v_.data(), m) / length;
    }
    step_grad = factor(t) * e - dot(w, grad_.data(), n());
    factor_grad = s * e;
    terms_.hvp(x, w, scratch);
    add_scaled(w, -s, scratch, c, n());
  }

 private:
  MinimizeResult counts_;
  CountedTerms<T> terms_;
  const UnfoldInput& input_;
  Buffer<T> points_, grad_, v_;
};

template <class T>
void forward(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& x,
             const ArrayView& objectives) {
  Layers<T> layers(problem, input, 1);
  for (index t = 0; t < input.steps.shape[0]; ++t) {
    layers.aim(t, layers.point(0));
    layers.land(t, layers.point(0));
    if (objectives.ndim != 0) objectives.set_real(layers.objective(layers.point(0)), t);
  }
  for (index j = 0; j < layers.n(); ++j) x.set_real(static_cast<double>(layers.point(0)[j]), j);
}

template <class T>
void reverse(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& cotangent,
             const UnfoldGradients& gradients) {
  const index count = input.steps.shape[0];
  Layers<T> layers(problem, input, count + 1);
  const index n = layers.n();
  for (index t = 0; t < count; ++t) {
    layers.aim(t, layers.point(t));
    layers.land(t, layers.point(t + 1));
  }
  Buffer<T> c(n), w(n), scratch(n);
  for (index j = 0; j < n; ++j) c[j] = static_cast<T>(cotangent.real(j));
  for (index t = count - 1; t >= 0; --t) {
    double step_grad = 0, factor_grad = 0;
    layers.back(t, layers.point(t), layers.point(t + 1), c.data(), w.data(), scratch.data(), step_grad, factor_grad);
    if (gradients.steps.ndim != 0) gradients.steps.set_real(step_grad, t);
    if (gradients.thresholds.ndim != 0) gradients.thresholds.set_real(factor_grad, t);
  }
  if (gradients.x0.ndim != 0)
    for (index j = 0; j < n; ++j) gradients.x0.set_real(static_cast<double>(c[j]), j);
}

}  // namespace

void unfold(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& x,
            const ArrayView& objectives) {
  const index count = check_input(problem, input);
  check_output("x", x, problem.size());
  check_output("objectives", objectives, count);
  visit_real(problem.dtype(), [&](auto zero) { forward<decltype(zero)>(problem, input, x, objectives); });
}

void unfold_vjp(const CompositeProblem& problem, const UnfoldInput& input, const ArrayView& cotangent,
                const UnfoldGradients& gradients) {
  const index count = check_input(problem, input);
  check_vector("cotangent", cotangent, problem.size(), -kInf, false);
  check_output("steps_grad", gradients.steps, count);
  check_output("thresholds_grad", gradients.thresholds, count);
  check_output("x0_grad", gradients.x0, problem.size());
  if ((problem.f()->caps() & SMOOTH_HVP) == 0)
    fail(Status::UNSUPPORTED, "the derivative of unfolded iterations needs hvp of the smooth term, which offers none");
  for (const Summand& summand : problem.summands())
    if ((summand.g->caps() & PROX_VJP) == 0)
      fail(Status::UNSUPPORTED,
           "the derivative of unfolded iterations needs vjp of the simple term, which offers none");
  visit_real(problem.dtype(), [&](auto zero) { reverse<decltype(zero)>(problem, input, cotangent, gradients); });
}

}  // namespace fenchel
