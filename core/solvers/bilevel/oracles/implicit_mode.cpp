// implicit_mode.cpp -- the hypergradient by one adjoint system at the solution of the lower level.
//
// Smooth: H q = df/dx, z = df/dtheta - J^T q. With a prox, x = prox_s(x - s dh/dx; theta), M its symmetric Jacobian and
// P that by theta: the adjoint (I - M + s H M) u = df/dx is made symmetric by M, ((M - M^2) / s + M H M) q = M df/dx /
// s, w = M q, u = df/dx + w - s H w, and z = df/dtheta - s J^T w + P^T u.
#include "base/error.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"

namespace fenchel {
namespace {

// H, or (M - M^2) / s + M H M.
class AdjointMap final : public SquareMap {
 public:
  AdjointMap(BilevelCalls& calls, const Vector& x, const double* theta, double step, const Vector& before)
      : calls_(calls), x_(x), theta_(theta), step_(step), before_(before), image_(x.size()), product_(x.size()) {}
  index size() const override { return calls_.n(); }
  bool symmetric() const override { return true; }

  void apply(const double* v, double* out) override {
    if (!calls_.has_prox()) return calls_.hvp(x_.data(), theta_, v, out);
    jacobian(v, image_.data());
    calls_.hvp(x_.data(), theta_, image_.data(), product_.data());
    for (std::size_t j = 0; j < x_.size(); ++j) product_[j] += (v[j] - image_[j]) / step_;
    jacobian(product_.data(), out);
  }
  bool precondition(const double* r, double* z) override {
    return !calls_.has_prox() && calls_.precondition(x_.data(), theta_, r, z);
  }
  void jacobian(const double* v, double* out) { calls_.prox_vjp(before_.data(), theta_, step_, v, out, nullptr); }

 private:
  BilevelCalls& calls_;
  const Vector& x_;
  const double* theta_;
  const double step_;
  const Vector& before_;  // x - s dh/dx
  Vector image_, product_;
};

double product(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

class ImplicitMode final : public HypergradientSolver {
 public:
  ImplicitMode(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings)
      : calls_(calls), lower_(lower), settings_(settings) {
    for (Vector* v : {&slope_, &before_, &upper_x_, &rhs_, &w_}) v->resize(size_of(calls.n()));
    cross_.resize(size_of(calls.m()));
  }

  void at(const double* theta, const HypergradientAccuracy& accuracy, HypergradientState& state,
          Control& control) override {
    constants_ = calls_.constants(theta);
    if (settings_.mu > 0) constants_.mu = settings_.mu;
    state.lower = lower_.solve(theta, constants_, accuracy.lower, state.x, control);
    step_ = state.lower.step > 0 ? state.lower.step : 1;
    const double distance = settle(theta, state.x);
    state.value = calls_.upper(state.x.data(), theta, upper_x_.data(), state.z.data());
    const LinearReport report = solve(theta, accuracy.linear, state);
    collect(theta, state);
    certify(distance, report, state);
  }

 private:
  // The distance of 0 from d(h + g) at x, exactly; with a prox x moves one step, so that it is known.
  double settle(const double* theta, Vector& x) {
    calls_.lower(x.data(), theta, slope_.data(), nullptr);
    if (!calls_.has_prox()) return norm2(slope_);
    for (std::size_t j = 0; j < x.size(); ++j) before_[j] = x[j] - step_ * slope_[j];
    calls_.prox(before_.data(), theta, step_, w_.data());
    for (std::size_t j = 0; j < x.size(); ++j) rhs_[j] = (x[j] - w_[j]) / step_ - slope_[j];
    x = w_;
    calls_.lower(x.data(), theta, slope_.data(), nullptr);
    for (std::size_t j = 0; j < x.size(); ++j) before_[j] = x[j] - step_ * slope_[j];
    axpy(1.0, slope_, rhs_);
    return norm2(rhs_);
  }

  LinearReport solve(const double* theta, double accuracy, HypergradientState& state) {
    AdjointMap map(calls_, state.x, theta, step_, before_);
    rhs_ = upper_x_;
    if (calls_.has_prox()) {
      map.jacobian(upper_x_.data(), rhs_.data());
      for (double& r : rhs_) r /= step_;
    }
    const double scale = norm2(rhs_);
    LinearLimits limits{.tol = settings_.linear_tol > 0 ? settings_.linear_tol : 1e-10,
                        .max_iter = settings_.linear_max_iter,
                        .dense_limit = calls_.has_prox() ? 0 : kDense};  // with a prox: semidefinite, cg's
    if (accuracy > 0) limits.tol = scale > 0 ? std::min(1.0, accuracy / scale) : 1.0;
    const LinearReport report = solve_linear(map, static_cast<LinearSolver>(settings_.linear_solver), rhs_.data(),
                                             state.adjoint.data(), limits, memory_);
    if (report.singular && !report.converged)
      fail(Status::SINGULAR,
           "the Hessian of the lower level is singular or indefinite (% unknowns, relative residual %): its solution "
           "has no derivative; sl_bamm, f2sa and bome need none",
           calls_.n(), report.residual / report.scale);
    state.linear_iterations = report.iterations;
    state.adjoint_residual = report.residual;
    return report;
  }

  void collect(const double* theta, HypergradientState& state) {
    if (!calls_.has_prox()) {
      calls_.cross_t(state.x.data(), theta, state.adjoint.data(), cross_.data());
      for (std::size_t i = 0; i < cross_.size(); ++i) state.z[i] -= cross_[i];
      return;
    }
    calls_.prox_vjp(before_.data(), theta, step_, state.adjoint.data(), w_.data(), nullptr);
    calls_.cross_t(state.x.data(), theta, w_.data(), cross_.data());
    for (std::size_t i = 0; i < cross_.size(); ++i) state.z[i] -= step_ * cross_[i];
    calls_.hvp(state.x.data(), theta, w_.data(), rhs_.data());
    for (std::size_t j = 0; j < w_.size(); ++j) rhs_[j] = upper_x_[j] + w_[j] - step_ * rhs_[j];
    calls_.prox_vjp(before_.data(), theta, step_, rhs_.data(), nullptr, cross_.data());
    for (std::size_t i = 0; i < cross_.size(); ++i) state.z[i] += cross_[i];
  }

  void certify(double distance, const LinearReport& report, HypergradientState& state) const {
    state.mu = constants_.mu > 0 ? constants_.mu : report.ritz_low;
    state.mu_source = constants_.mu > 0     ? MuSource::user_proven
                      : report.ritz_low > 0 ? MuSource::estimated
                                            : MuSource::none;
    state.x_error = constants_.mu > 0 ? distance / constants_.mu : kInf;
    state.bound = kInf;
    if (constants_.mu > 0 && !calls_.has_prox() && !calls_.counts.differences) state.bound = bound(report, state);
    const bool solved = state.lower.converged && report.converged;
    state.status = !solved              ? DerivativeStatus::not_converged
                   : state.bound < kInf ? DerivativeStatus::certified
                                        : DerivativeStatus::uncertified;
    if (settings_.require_certified == 1 && state.status != DerivativeStatus::certified)
      fail(Status::UNCERTIFIED,
           "no bound of the hypergradient's error is proved: mu is %, lower residual %, adjoint residual %, hessian "
           "Lipschitz constant %, || J || %, its Lipschitz constant %, that of the upper gradient %",
           constants_.mu, state.lower.residual, report.residual, constants_.hessian_lipschitz, constants_.cross_norm,
           constants_.cross_lipschitz, constants_.upper_lipschitz);
  }
  double bound(const LinearReport& report, const HypergradientState& state) const {
    const double e = state.x_error, q = norm2(state.adjoint);
    const double adjoint =
        (report.residual + product(constants_.upper_lipschitz, e) + product(constants_.hessian_lipschitz, q * e)) /
        constants_.mu;
    return product(constants_.cross_norm, adjoint) + product(constants_.cross_lipschitz, e * q) +
           product(constants_.upper_lipschitz, e);
  }

  static constexpr index kDense = 50;  // a product is a callback: few unknowns only are worth n of them
  BilevelCalls& calls_;
  LowerSolver& lower_;
  const BilevelSettings& settings_;
  BilevelConstants constants_;
  double step_ = 1;
  Buffer<double> memory_;
  Vector slope_, before_, upper_x_, rhs_, w_, cross_;
};

}  // namespace

std::unique_ptr<HypergradientSolver> make_implicit(BilevelCalls& calls, LowerSolver& lower,
                                                   const BilevelSettings& settings) {
  return std::make_unique<ImplicitMode>(calls, lower, settings);
}

std::unique_ptr<HypergradientSolver> make_hypergradient(BilevelCalls& calls, LowerSolver& lower,
                                                        const BilevelSettings& settings) {
  if (static_cast<HypergradientMode>(settings.hypergradient_mode) != HypergradientMode::implicit)
    fail(Status::UNSUPPORTED, "hypergradient_mode % is not built yet", settings.hypergradient_mode);
  return make_implicit(calls, lower, settings);
}

}  // namespace fenchel
