// lower_newton.cpp -- truncated Newton: H d = - dh/dx by preconditioned conjugate gradients, then backtracking.
//
// The system is solved to eta_k = 0.9 (r_k / r_{k-1})^1.618, safeguarded (Eisenstat and Walker, 1996, choice 2), and no
// further than the accuracy asked for needs; a direction of no positive curvature ends it (Dembo and Steihaug, 1983).
// Without the caller's preconditioner there is none: the diagonal of a matrix that is known by products costs n of
// them, as much as the whole system.
#include "solvers/bilevel/oracles/lower_line.hpp"
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {
namespace {

class LowerNewton final : public LowerSolver {
 public:
  LowerNewton(BilevelCalls& calls, const BilevelSettings& settings)
      : calls_(calls), settings_(settings), floor_(calls.n(), 5) {
    at_.resize(calls.n());
    trial_.resize(calls.n());
    for (Vector* v : {&d_, &r_, &z_, &p_, &product_}) v->resize(size_of(calls.n()));
  }

  LowerReport solve(const double* theta, const BilevelConstants&, double accuracy, Vector& x,
                    Control& control) override {
    LowerReport report;
    at_.x = x;
    at_.evaluate(calls_, theta);
    floor_.start();
    double eta = 0.1, before = kInf;
    while (!floor_.reached(at_) && at_.residual > accuracy && report.iterations < settings_.lower_max_iter) {
      eta = forcing(eta, before, accuracy);
      before = at_.residual;
      x = at_.x;  // what is left where control stops
      ++report.iterations;
      newton(theta, eta, control);
      if (!search_line(calls_, theta, at_, d_, 1, false, trial_)) break;
      std::swap(at_, trial_);
    }
    x = floor_.x();
    report.residual = floor_.residual();
    report.converged = report.residual <= accuracy;
    return report;
  }

 private:
  double forcing(double eta, double before, double accuracy) const {
    constexpr double golden = 1.618033988749895;
    double next = before < kInf ? 0.9 * std::pow(at_.residual / before, golden) : eta;
    const double guard = 0.9 * std::pow(eta, golden);
    if (guard > 0.1) next = std::max(next, guard);
    return std::clamp(next, std::clamp(0.3 * accuracy / at_.residual, 1e-12, 0.5), 0.5);
  }

  // d_, about - H^{-1} dh/dx.
  void newton(const double* theta, double eta, Control& control) {
    fill(d_.data(), calls_.n(), 0.0);
    for (std::size_t j = 0; j < r_.size(); ++j) r_[j] = -at_.gradient[j];
    double rz = 0, highest = 0;
    for (index k = 0; k < settings_.linear_max_iter; ++k) {
      if (!control.poll()) throw Stopped{};
      if (!calls_.precondition(at_.x.data(), theta, r_.data(), z_.data())) z_ = r_;
      const double next = dot(r_, z_);
      if (!(next > 0)) break;
      for (std::size_t j = 0; j < p_.size(); ++j) p_[j] = z_[j] + (k > 0 ? next / rz * p_[j] : 0.0);
      rz = next;
      calls_.hvp(at_.x.data(), theta, p_.data(), product_.data());
      const double curvature = dot(p_, product_), square = dot(p_, p_);
      highest = std::max(highest, curvature / square);
      if (!(curvature > 1e-14 * highest * square)) {
        if (k == 0) d_ = z_;
        break;
      }
      axpy(rz / curvature, p_, d_);
      axpy(-rz / curvature, product_, r_);
      if (norm2(r_) <= eta * at_.residual) break;
    }
    if (!(dot(at_.gradient, d_) < 0))
      for (std::size_t j = 0; j < d_.size(); ++j) d_[j] = -at_.gradient[j];
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  LowerPoint at_, trial_;
  LowerFloor floor_;
  Vector d_, r_, z_, p_, product_;
};

}  // namespace

std::unique_ptr<LowerSolver> make_lower_newton(BilevelCalls& calls, const BilevelSettings& settings) {
  return std::make_unique<LowerNewton>(calls, settings);
}

}  // namespace fenchel
