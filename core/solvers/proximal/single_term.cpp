#include "solvers/proximal/single_term.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

template <class T>
SingleTerm<T>::SingleTerm(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings)
    : ProximalBase<T>(std::move(problem), method, settings) {
  for (Buffer<T>* buffer : {&grad_, &v_, &z_, &dual_}) buffer->resize(n());
  const CompositeProblem& p = this->problem();
  if (p.f() == nullptr || p.summands().size() != 1 || !p.convex()) return;
  gap_ = std::make_unique<BcdGap>(p);
  if (gap_->offered())
    wide_.resize(n());
  else
    gap_.reset();
}

// In double also where T is not: a bound that rounding moved is none.
template <class T>
void SingleTerm<T>::bound(Standing& standing) {
  if (gap_ == nullptr || !std::isfinite(standing.objective)) return;
  for (index j = 0; j < n(); ++j) wide_[j] = static_cast<double>(x_[j]);
  if constexpr (sizeof(T) < sizeof(double)) {
    standing.smooth = terms_.value_double(wide_.data());
    standing.objective = standing.smooth + terms_.simple_double(0, wide_.data());
  }
  result_.products += 2;
  standing.dual = gap_->dual(wide_.data());
}

template <class T>
double SingleTerm<T>::look() {
  double at_zero = 0;
  if (nonzeros(x_.data(), n()) > 0 && terms_.f() != nullptr) {
    for (index j = 0; j < n(); ++j) v_[j] = 0;
    terms_.gradient(v_.data(), grad_.data());
    at_zero = norm2(grad_.data(), n());
    if (!std::isfinite(at_zero)) at_zero = 0;  // 0 need not be in f's domain
  }
  const double f = terms_.gradient(x_.data(), grad_.data());
  scale_ = std::max(at_zero, norm2(grad_.data(), n()));
  if (!(scale_ > 0)) scale_ = 1;
  return f;
}

template <class T>
double SingleTerm<T>::first_step(bool safe) {
  if (settings_.step > 0) return settings_.step;
  if (terms_.f() == nullptr) return 1;
  if (safe && (terms_.f()->caps() & SMOOTH_LIPSCHITZ) != 0) {
    index products = 0;
    const double L = terms_.f()->lipschitz(&products);
    result_.products += products;
    if (L > 0 && std::isfinite(L)) return 1 / L;
  }
  const double slope = norm2(grad_.data(), n());
  if (!(slope > 0) || !std::isfinite(slope)) return 1;
  // Short against x and against 1, long against rounding.
  const double reach = std::sqrt(kEps) * std::max(1.0, norm2(x_.data(), n()));
  add_scaled(x_.data(), -reach / slope, grad_.data(), v_.data(), n());
  terms_.gradient(v_.data(), z_.data());
  const double bend = std::sqrt(distance2(z_.data(), grad_.data(), n()));
  const double moved = std::sqrt(distance2(v_.data(), x_.data(), n()));
  const double L = bend / moved;
  return L > 0 && std::isfinite(L) ? 1 / L : 1;
}

template <class T>
Standing SingleTerm<T>::fresh() {
  Standing out;
  out.smooth = terms_.gradient(x_.data(), grad_.data());
  const double step = step_ > 0 ? step_ : 1;
  add_scaled(x_.data(), -step, grad_.data(), v_.data(), n());
  terms_.prox_x(0, v_.data(), step, z_.data());
  out.residual = std::sqrt(distance2(x_.data(), z_.data(), n())) / step / scale_;
  out.objective = out.smooth + (terms_.count() > 0 ? terms_.simple(0, x_.data()) : 0.0);
  for (index j = 0; j < n(); ++j) dual_[j] = -grad_[j];
  bound(out);
  return out;
}

template class SingleTerm<float>;
template class SingleTerm<double>;

}  // namespace fenchel
