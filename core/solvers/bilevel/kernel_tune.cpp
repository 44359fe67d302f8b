// kernel_tune.cpp -- lam and gamma of kernel ridge from a risk. With B = K + lam I, alpha = B^{-1} y:
//
//   held out   F = ||K_T alpha - t||^2 / m, s = 2 (K_T alpha - t) / m, u = B^{-1} K_T' s:
//              dF = <s, dK_T alpha> - u' dB alpha
//   else       F = F(r, m) of smoother_risk.hpp, r = lam alpha, m = lam diag(B^{-1}), with its derivatives v and e:
//              dF = (v' alpha + e' diag(B^{-1})) dlam - lam <B^{-1} v alpha' + B^{-1} diag(e) B^{-1}, dB>
//
// and dB = dlam I + dK, dK / dgamma = - || x - z ||^2 K.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/buffer.hpp"
#include "base/clock.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/gemm.hpp"
#include "solvers/bilevel/kernel_ridge.hpp"
#include "solvers/bilevel/outer_search.hpp"
#include "solvers/bilevel/smoother_risk.hpp"
#include "solvers/bilevel/tuned_scale.hpp"

namespace fenchel {
namespace {

class KernelTuning {
 public:
  KernelTuning(const KernelTuneProblem& problem, const TuneSettings& settings, index parameters, Control& control)
      : p_(problem),
        settings_(settings),
        control_(control),
        scale_({{SolutionParameter::g_l2, parameters}}, settings),
        n_(problem.X.shape[0]),
        m_(held_out() ? problem.held_X.shape[0] : 0),
        workspace_(cholesky_workspace(n_)) {
    const auto square = n_ * n_;
    base_.resize(square);
    b_.resize(square);
    held_base_.resize(m_ * n_);
    for (Buffer<double>* buffer : {&y_, &alpha_, &u_, &r_, &rest_, &by_r_, &by_m_}) buffer->resize(n_);
    s_.resize(m_);
    if (!held_out()) inverse_.resize(square);
    for (index i = 0; i < n_; ++i) y_[i] = p_.y.real(i);
    fill(p_.X, n_, base_.data());
    if (held_out()) fill(p_.held_X, m_, held_base_.data());
    result.unknowns = n_;
    result.bound = kInf;
    result.criterion = result.first_criterion = result.degrees = kNaN;
    result.derivative_status = static_cast<std::int32_t>(DerivativeStatus::uncertified);
  }

  bool evaluate(const std::vector<double>& t, double& value, std::vector<double>& gradient) {
    lam_ = scale_.value(0, t[0]);
    gamma_ = t.size() > 1 ? scale_.value(1, t[1]) : 0;
    if (const bool first = result.iterations == 0; !judge(value, gradient, first)) {
      value = kInf;  // the search steps back
      ++result.refused;
    }
    Progress progress;
    progress.iteration = ++result.iterations;
    progress.passes = result.solves;
    progress.residual = value;
    progress.tol = settings_.tol;
    return control_.go_on(progress);
  }

  // What was evaluated last is the best.
  void keep() {
    result.criterion = last_.value;
    result.degrees = last_.degrees;
    result.derivative = last_.derivative;
    best_alpha.assign(alpha_.begin(), alpha_.end());
  }

  const TunedScale& scale() const { return scale_; }

  TuneResult result;
  std::vector<double> best_alpha;

 private:
  // False where K + lam I is not positive definite or the criterion not finite; at the first values that is an error.
  bool judge(double& value, std::vector<double>& gradient, bool first) {
    double degrees = kNaN, by_lam = 0, by_gamma = 0;
    if (!factor()) {
      if (first) fail(Status::SINGULAR, "K + lam I with lam % is not positive definite in double precision", lam_);
      return false;
    }
    value = held_out() ? judge_held(by_lam, by_gamma) : judge_smoother(degrees, by_lam, by_gamma);
    if (!std::isfinite(value)) {
      if (first) fail(Status::RANGE, "the criterion is % at the start; legal: finite", value);
      return false;
    }
    ++result.solves;
    if (gradient.empty()) return true;
    gradient[0] = lam_ * by_lam;
    if (gradient.size() > 1) gradient[1] = gamma_ * by_gamma;
    if (first) result.first_criterion = value;
    last_ = {value, degrees, gradient.size() > 1 ? std::hypot(gradient[0], gradient[1]) : std::abs(gradient[0])};
    return true;
  }

  bool held_out() const { return static_cast<Risk>(settings_.risk) == Risk::holdout; }
  // Of rows against the rows of X: the Gram matrix, products, or squared distances.
  void fill(const ArrayView& rows, index count, double* out) const {
    const index d = p_.X.shape[1];
    if (p_.kernel == Kernel::gram) {
      for (index i = 0; i < count; ++i)
        for (index j = 0; j < n_; ++j) out[i * n_ + j] = rows.real(i, j);
      return;
    }
    Buffer<double> a(count * d), x(n_ * d);
    for (index i = 0; i < count * d; ++i) a[i] = rows.real(i / d, i % d);
    for (index i = 0; i < n_ * d; ++i) x[i] = p_.X.real(i / d, i % d);
    if (p_.kernel == Kernel::linear) {
      gemm(Trans::no, Trans::yes, count, n_, d, 1.0, a.data(), d, x.data(), d, 0.0, out, n_);
      return;
    }
    for (index i = 0; i < count; ++i)
      for (index j = 0; j < n_; ++j) {
        double sum = 0;
        for (index k = 0; k < d; ++k) sum += (a[i * d + k] - x[j * d + k]) * (a[i * d + k] - x[j * d + k]);
        out[i * n_ + j] = sum;
      }
  }
  double kernel(double base) const { return p_.kernel == Kernel::rbf ? std::exp(-gamma_ * base) : base; }
  double kernel_slope(double base) const { return p_.kernel == Kernel::rbf ? -base * std::exp(-gamma_ * base) : 0.0; }

  bool factor() {
    for (index i = 0; i < n_; ++i)
      for (index j = 0; j <= i; ++j) b_[i * n_ + j] = kernel(base_[i * n_ + j]) + (i == j ? lam_ : 0.0);
    if (!cholesky(n_, b_.data(), n_, 8 * std::numeric_limits<double>::epsilon(), workspace_.data())) return false;
    std::copy(y_.begin(), y_.end(), alpha_.begin());
    cholesky_solve(n_, b_.data(), n_, alpha_.data());
    return true;
  }

  double judge_held(double& by_lam, double& by_gamma) {
    double value = 0;
    u_.fill(0);
    for (index i = 0; i < m_; ++i) {
      double z = 0, slope = 0;
      for (index j = 0; j < n_; ++j) {
        z += kernel(held_base_[i * n_ + j]) * alpha_[j];
        slope += kernel_slope(held_base_[i * n_ + j]) * alpha_[j];
      }
      const double rest = z - p_.held_y.real(i);
      value += rest * rest / static_cast<double>(m_);
      s_[i] = 2 * rest / static_cast<double>(m_);
      by_gamma += s_[i] * slope;
      for (index j = 0; j < n_; ++j) u_[j] += s_[i] * kernel(held_base_[i * n_ + j]);
    }
    cholesky_solve(n_, b_.data(), n_, u_.data());
    for (index i = 0; i < n_; ++i) by_lam -= u_[i] * alpha_[i];
    for (index i = 0; p_.kernel == Kernel::rbf && i < n_; ++i)
      for (index j = 0; j < n_; ++j) by_gamma -= u_[i] * kernel_slope(base_[i * n_ + j]) * alpha_[j];
    return value;
  }

  double judge_smoother(double& degrees, double& by_lam, double& by_gamma) {
    inverse_.fill(0);
    for (index i = 0; i < n_; ++i) {
      inverse_[i * n_ + i] = 1;  // symmetric: a row is a column
      cholesky_solve(n_, b_.data(), n_, inverse_.data() + i * n_);
      r_[i] = lam_ * alpha_[i];
      rest_[i] = lam_ * inverse_[i * n_ + i];
    }
    const SmootherRisk risk = smoother_risk(static_cast<Risk>(settings_.risk), settings_.sigma, n_, r_.data(),
                                            rest_.data(), by_r_.data(), by_m_.data());
    degrees = risk.degrees;
    std::copy(by_r_.begin(), by_r_.end(), u_.begin());
    cholesky_solve(n_, b_.data(), n_, u_.data());
    for (index i = 0; i < n_; ++i) {
      by_lam += by_r_[i] * alpha_[i] + by_m_[i] * inverse_[i * n_ + i] - lam_ * u_[i] * alpha_[i];
      for (index j = 0; j < n_; ++j) by_lam -= lam_ * by_m_[j] * inverse_[i * n_ + j] * inverse_[i * n_ + j];
    }
    if (p_.kernel != Kernel::rbf) return risk.value;
    Buffer<double> scaled(n_ * n_), product(n_ * n_);
    for (index i = 0; i < n_ * n_; ++i) scaled[i] = inverse_[i] * by_m_[i % n_];
    gemm(Trans::no, Trans::no, n_, n_, n_, 1.0, scaled.data(), n_, inverse_.data(), n_, 0.0, product.data(), n_);
    for (index i = 0; i < n_; ++i)
      for (index j = 0; j < n_; ++j)
        by_gamma -= lam_ * (u_[i] * alpha_[j] + product[i * n_ + j]) * kernel_slope(base_[i * n_ + j]);
    return risk.value;
  }

  const KernelTuneProblem& p_;
  const TuneSettings& settings_;
  Control& control_;
  const TunedScale scale_;
  const index n_, m_;
  double lam_ = 1, gamma_ = 1;
  struct {
    double value, degrees, derivative;
  } last_{kNaN, kNaN, 0};
  Buffer<double> base_, held_base_;  // (n, n), (m, n): what kernels are functions of
  Buffer<double> b_, inverse_, workspace_;
  Buffer<double> y_, alpha_, u_, r_, rest_, by_r_, by_m_, s_;
};

}  // namespace

TuneResult tune_kernel(const KernelTuneProblem& problem, const TuneSettings& settings, MonitorFn monitor, void* user,
                       std::vector<double>& theta, const ArrayView& alpha) {
  const Clock clock;
  const auto risk = static_cast<Risk>(settings.risk);
  if (risk == Risk::sure_monte_carlo || risk == Risk::cross_validation)
    fail(Status::UNSUPPORTED, "kernel ridge is judged by risk holdout, sure, gcv or leave_one_out");
  if (risk == Risk::sure && !(settings.sigma > 0))
    fail(Status::RANGE, "sigma is %; legal with this risk: > 0", settings.sigma);
  if (settings.require_certified == 1)
    fail(Status::UNCERTIFIED, "closed forms of kernel ridges come without proved bounds");
  Control control(nullptr, monitor, user, settings.monitor_interval, settings.time_limit);
  KernelTuning tuning(problem, settings, static_cast<index>(theta.size()), control);
  std::vector<double> t(theta.size());
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = tuning.scale().free(i, theta[i]);
  OuterLimits limits{settings.tol, settings.max_iter, std::log(settings.reach)};
  limits.low = &tuning.scale().lows();
  limits.high = &tuning.scale().highs();
  limits.keep = [&] { tuning.keep(); };
  const OuterReport report =
      outer_search([&](const std::vector<double>& at, double& value,
                       std::vector<double>& gradient) { return tuning.evaluate(at, value, gradient); },
                   t, limits);
  if (control.callback_failure() != 0)
    throw Error(Status::CALLBACK, "the monitor returned " + to_text(static_cast<index>(control.callback_failure())),
                control.callback_failure());
  const Termination end = control.stopped()  ? control.reason()
                          : report.walled    ? Termination::STALLED
                          : report.converged ? Termination::CONVERGED
                                             : Termination::MAX_ITER;
  for (std::size_t i = 0; i < t.size(); ++i) theta[i] = tuning.scale().value(i, t[i]);
  TuneResult& result = tuning.result;
  result.termination = static_cast<std::int32_t>(end);
  result.residual = report.left;
  for (index i = 0; alpha.ndim != 0 && i < static_cast<index>(tuning.best_alpha.size()); ++i)
    alpha.set_real(tuning.best_alpha[static_cast<std::size_t>(i)], i);
  result.seconds = clock.seconds();
  return result;
}

}  // namespace fenchel
