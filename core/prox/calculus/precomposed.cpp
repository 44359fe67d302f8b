// precomposed.cpp -- g(A x) for an operator with A A^T = mu I
//
// prox     v + A^T (P(A v) - A v) / mu, P the proximal map of g with step mu t
// offers   vjp where g does
// paper    Combettes and Pesquet, A Douglas-Rachford splitting approach to nonsmooth convex variational signal recovery
//          (2007)
//
// An operator that does not say that it is tight is multiplied out, up to kMostRows rows.
#include <cmath>
#include <limits>

#include "operators/operator.hpp"
#include "prox/prox.hpp"

namespace fenchel {
namespace {

constexpr index kMostRows = 2048;

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    required(term_param(ParamKind::op, "A", "the operator, A A^T = mu I")),
};

// mu, or NaN where A A^T is not a multiple of I.
double square_of_tight(const Operator& A) {
  const auto m = static_cast<std::size_t>(A.rows()), n = static_cast<std::size_t>(A.cols());
  if ((A.caps() & OPERATOR_TIGHT) != 0 && A.norm_bound() > 0) return A.norm_bound() * A.norm_bound();
  if (A.rows() > kMostRows) return kNaN;
  std::vector<double> unit(m), x(n), y(m);
  std::vector<std::byte> memory(static_cast<std::size_t>(A.scratch_bytes()));
  const Scratch scratch(memory.data(), A.scratch_bytes());
  double mu = kNaN;
  for (std::size_t i = 0; i < m; ++i) {
    unit[i] = 1;
    A.adjoint(unit.data(), x.data(), scratch);
    A.apply(x.data(), y.data(), scratch);
    unit[i] = 0;
    if (i == 0) mu = y[0];
    for (std::size_t k = 0; k < m; ++k)
      if (!(std::abs(y[k] - (k == i ? mu : 0)) <= 1e-10 * mu)) return kNaN;
  }
  return mu > 0 ? mu : kNaN;
}

class Precomposed final : public ProxOf<Precomposed> {
 public:
  explicit Precomposed(const Params& params) : inner_(params.term<Prox>("term")), A_(params.term<Operator>("A")) {
    if (inner_->size() != kAnySize && inner_->size() != A_->rows())
      fail(Status::SHAPE, "A has % rows; the term it feeds has size %", A_->rows(), inner_->size());
    mu_ = square_of_tight(*A_);
    if (mu_ != mu_)
      fail(Status::UNSUPPORTED,
           "precomposed needs an operator with A A^T = mu I: with another, give the term and its operator to the "
           "problem instead");
  }
  unsigned caps() const override {
    return inner_->caps() &
           (PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_EVEN | PROX_FULL_DOMAIN | PROX_QUADRATIC);
  }
  index size() const override { return A_->cols(); }
  index scratch_bytes(index) const override {
    return 3 * scratch_for<double>(A_->rows()) + scratch_for<double>(A_->cols()) + inner_->scratch_bytes(A_->rows()) +
           A_->scratch_bytes();
  }
  double weak_convexity() const override { return inner_->weak_convexity() * mu_; }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const index m = A_->rows();
    T *y = scratch.take<T>(m), *p = scratch.take<T>(m), *x = scratch.take<T>(n);
    A_->apply(v, y, scratch);
    const double value = inner_->prox(m, y, {inner_step(step.scalar)}, p, scratch);
    for (index i = 0; i < m; ++i) p[i] = (p[i] - y[i]) / static_cast<T>(mu_);
    A_->adjoint(p, x, scratch);
    for (index j = 0; j < n; ++j) out[j] = v[j] + x[j];
    return value;
  }
  template <class T>
  double value_of(index, const T* x, Scratch scratch) const {
    const index m = A_->rows();
    T* y = scratch.take<T>(m);
    A_->apply(x, y, scratch);
    const double value = inner_->value(m, y, scratch);
    if (value != kInf || (inner_->caps() & PROX_INDICATOR) == 0) return value;
    // Rounding of the products may have carried a point out of the set.
    T* p = scratch.take<T>(m);
    inner_->prox(m, y, {1}, p, scratch);
    double apart = 0, size = 0;
    for (index i = 0; i < m; ++i) apart = std::max(apart, std::abs(static_cast<double>(p[i] - y[i])));
    for (index j = 0; j < A_->cols(); ++j) size = std::max(size, std::abs(static_cast<double>(x[j])));
    const double terms = std::sqrt(mu_) * std::sqrt(static_cast<double>(A_->cols()));
    return apart <= 16 * static_cast<double>(std::numeric_limits<T>::epsilon()) * terms * size ? 0 : kInf;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    const index m = A_->rows();
    T *y = scratch.take<T>(m), *c = scratch.take<T>(m), *turned = scratch.take<T>(m), *x = scratch.take<T>(n);
    A_->apply(v, y, scratch);
    A_->apply(cotangent, c, scratch);
    inner_->vjp(m, y, {inner_step(step.scalar)}, c, turned, scratch);
    for (index i = 0; i < m; ++i) turned[i] = (turned[i] - c[i]) / static_cast<T>(mu_);
    A_->adjoint(turned, x, scratch);
    for (index j = 0; j < n; ++j) out[j] = cotangent[j] + x[j];
  }

 private:
  template <class T>
  T inner_step(T step) const {
    return static_cast<T>(mu_ * static_cast<double>(step));
  }
  std::shared_ptr<const Prox> inner_;
  std::shared_ptr<const Operator> A_;
  double mu_ = 0;
};

}  // namespace

const TermInfo& term_precomposed() {
  static constexpr TermInfo info{TermKind::prox, "precomposed", "g(A x) for an operator with A A^T = mu I", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Precomposed>(p); }};
  return info;
}

}  // namespace fenchel
