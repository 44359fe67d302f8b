// prox_system.cpp -- the active system of any convex g whose prox has a derivative:
//
//   K = (M - M^2) / s + M H M,   R = M,   M the Jacobian of prox_{s g} at x - s grad f(x),   s = 1 / L.
//
// M is symmetric with eigenvalues in [0, 1] (prox is the gradient of a convex function). From dx = M (dx - s H dx - s
// r), with dx = M y: (M - M^2 + s M H M) y = - s M r, a symmetric positive semidefinite system that is consistent on
// the range of M. Where g is polyhedral M is a projection, and K the Hessian on the face. Conjugate gradients stay in
// the range; the free tail (intercepts) has M = I.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "solvers/bilevel/active_system.hpp"

namespace fenchel {
namespace {

class ProxSystem final : public ActiveSystem {
 public:
  explicit ProxSystem(const SolutionPoint& point) : p_(point), inner_(point.size() - point.tail()) {
    const Smooth* f = p_.problem->f();
    const double L = f == nullptr ? 1.0 : f->lipschitz();
    step_ = L > 0 && L < kInf ? 1 / L : 1.0;
    for (Buffer<double>* buffer : {&v_, &Mv_, &HMv_, &MMv_}) buffer->resize(p_.size());
    at_.resize(p_.size());
    for (index j = 0; j < p_.size(); ++j) at_[j] = p_.x[j] - step_ * p_.gradient[j];
    p_.g()->prox(inner_, at_.data(), Step<double>{step_}, v_.data(), p_.scratch());
    double sum = 0;
    for (index j = 0; j < inner_; ++j) sum += (p_.x[j] - v_[j]) * (p_.x[j] - v_[j]) / (step_ * step_);
    for (index j = inner_; j < p_.size(); ++j) sum += p_.gradient[j] * p_.gradient[j];
    optimality_ = std::sqrt(sum);
  }

  index size() const override { return p_.size(); }
  void reduce(const double* full, double* reduced) override { jacobian(full, reduced); }
  void expand(const double* reduced, double* full) override { jacobian(reduced, full); }
  bool definite() const override { return false; }
  double optimality() const override { return optimality_; }
  // With v the proximal point, from (I - M + s M H) (dx - (v - x)) = M (I - s H) (v - x) and x + dx = v + M y.
  void newton_rhs(double* reduced) override {
    const Smooth* f = p_.problem->f();
    for (index j = 0; j < p_.size(); ++j) Mv_[j] = j < inner_ ? v_[j] - p_.x[j] : -step_ * p_.gradient[j];
    if (f == nullptr)
      HMv_.fill(0);
    else
      f->hvp(p_.x.data(), Mv_.data(), HMv_.data(), p_.scratch());
    for (index j = 0; j < p_.size(); ++j) Mv_[j] = Mv_[j] / step_ - HMv_[j];
    jacobian(Mv_.data(), reduced);
  }
  void newton_point(const double* y, double* x) override {
    jacobian(y, x);
    for (index j = 0; j < p_.size(); ++j) x[j] += j < inner_ ? v_[j] : p_.x[j] - step_ * p_.gradient[j];
  }
  // A kink shows as a Jacobian that changes when its point moves by the error.
  index ambiguous(double x_error, double gradient_error) const override {
    const double shift = x_error + step_ * gradient_error;
    const double length = std::sqrt(kernels::table<double>().dot(at_.data(), at_.data(), inner_));
    if (!(shift < kInf) || !(length > 0)) return 0;
    Buffer<double> moved(inner_), probe(inner_), here(inner_), there(inner_);
    index changed = 0;
    for (const double side : {1.0, -1.0}) {
      for (index j = 0; j < inner_; ++j) {
        moved[j] = at_[j] + side * shift * ((j * 2654435761) % 1024 < 512 ? 1.0 : -1.0);
        probe[j] = 1 + 0.5 * static_cast<double>((j * 40503) % 997) / 997.0;
      }
      p_.g()->vjp(inner_, at_.data(), Step<double>{step_}, probe.data(), here.data(), p_.scratch());
      p_.g()->vjp(inner_, moved.data(), Step<double>{step_}, probe.data(), there.data(), p_.scratch());
      index here_changed = 0;
      for (index j = 0; j < inner_; ++j) here_changed += std::abs(here[j] - there[j]) > 1e-3 * probe[j] ? 1 : 0;
      changed = std::max(changed, here_changed);
    }
    return changed;
  }

  void apply(const double* y, double* out) override {
    jacobian(y, Mv_.data());
    jacobian(Mv_.data(), MMv_.data());
    const Smooth* f = p_.problem->f();
    if (f == nullptr)
      HMv_.fill(0);
    else
      f->hvp(p_.x.data(), Mv_.data(), HMv_.data(), p_.scratch());
    jacobian(HMv_.data(), out);
    for (index j = 0; j < p_.size(); ++j) out[j] += (Mv_[j] - MMv_[j]) / step_;
  }

 private:
  void jacobian(const double* in, double* out) {
    p_.g()->vjp(inner_, at_.data(), Step<double>{step_}, in, out, p_.scratch());
    std::copy(in + inner_, in + p_.size(), out + inner_);
  }
  const SolutionPoint& p_;
  const index inner_;
  double step_ = 1, optimality_ = 0;
  Buffer<double> at_, v_, Mv_, HMv_, MMv_;
};

}  // namespace

std::unique_ptr<ActiveSystem> make_prox_system(const SolutionPoint& point) {
  return std::make_unique<ProxSystem>(point);
}

}  // namespace fenchel
