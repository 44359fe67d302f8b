#include "solvers/bilevel/kkt_map.hpp"

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "kernels/kernels.hpp"
#include "solvers/bilevel/kkt_system.hpp"

namespace fenchel {
namespace {

constexpr index kEigenLimit = 256;  // unknowns up to which the smallest eigenvalue of K is computed

double dot(const double* x, const double* y, index n) { return kernels::table<double>().dot(x, y, n); }
double norm(const Buffer<double>& x) { return std::sqrt(dot(x.data(), x.data(), x.size())); }

class KktDerivative {
 public:
  KktDerivative(const KktBundle& at, const DerivativeSettings& settings)
      : settings_(settings),
        point_(at),
        active_(point_.active()),
        system_(point_, active_),
        accuracy_(at.x.dtype == Dtype::f32 ? 1e-5 : 1e-9) {
    limits_.tol = settings.tol > 0 ? settings.tol : at.x.dtype == Dtype::f32 ? 1e-5 : 1e-10;
    limits_.max_iter = settings.max_iter;
    result_.active = system_.size();
    result_.optimality = point_.residual();
    given_ = point_.relative();
    polish();
    result_.mu = settings.mu;
    MuSource source = MuSource::user_proven;
    if (!(settings.mu > 0)) {
      result_.mu = system_.size() <= kEigenLimit ? system_.smallest_eigenvalue() : 0.0;
      source = MuSource::model_exact;
    }
    result_.mu_source = static_cast<std::int32_t>(result_.mu > 0 ? source : MuSource::none);
  }

  // K z = rhs, (n + active).
  Buffer<double> solve(const Buffer<double>& rhs) {
    Buffer<double> z(rhs.size(), 0.0);
    const LinearReport report = system_.solve(solver(), rhs.data(), z.data(), limits_);
    take_report(report, result_);
    met_ = report.converged;
    left_ = settings_.estimate == 1 ? remainder(rhs, z) : kInf;
    return z;
  }
  // outputs: || D ||, by which errors of z reach them; drift: how fast D changes with the point, times || z ||.
  void certify(double outputs, double drift) {
    const double safe = std::max(accuracy_, 10 * point_.relative());
    result_.ambiguous = margins_within(safe);
    result_.adjoint_error = result_.bound = kInf;
    result_.estimate = landed_ ? outputs * left_ : kInf;
    if (result_.mu > 0 && landed_) {
      const double left = point_.residual() / result_.mu;
      result_.x_error = moved_ + left;
      result_.adjoint_error = result_.residual / result_.mu;
      if (result_.ambiguous == 0) result_.bound = outputs * result_.adjoint_error + drift * left;
    } else {
      result_.x_error = kInf;
    }
    DerivativeStatus status = DerivativeStatus::uncertified;
    if (!met_ || !landed_ || !(given_ <= std::sqrt(accuracy_)))
      status = DerivativeStatus::not_converged;
    else if (result_.ambiguous > 0)
      status = DerivativeStatus::ambiguous;
    else if (result_.bound < kInf)
      status = DerivativeStatus::certified;
    result_.derivative_status = static_cast<std::int32_t>(status);
    if (settings_.require_certified == 1 && status != DerivativeStatus::certified)
      fail(Status::UNCERTIFIED,
           "the derivative has no proved error bound (relative residual of the conditions %, % ambiguous constraints); "
           "require_certified = 0 returns it with its status",
           given_, result_.ambiguous);
  }
  DerivativeResult finish() {
    result_.seconds = clock_.seconds();
    return result_;
  }

  const KktPoint& point() const { return point_; }
  double mu() const { return result_.mu; }
  index size() const { return system_.size(); }
  // The row of G that unknown n + p + k belongs to.
  const std::vector<index>& active() const { return active_; }

 private:
  LinearSolver solver() const { return static_cast<LinearSolver>(settings_.linear_solver); }
  // How many constraints are within `safe` of changing sides; below -safe: the active set is not that of the solution.
  index margins_within(double safe) const {
    index count = 0;
    std::size_t k = 0;
    for (index i = 0; i < point_.m; ++i) {
      const bool on = k < active_.size() && active_[k] == i;
      if (on) ++k;
      if ((on ? point_.force(i) : point_.room(i)) <= safe) ++count;
    }
    return count;
  }
  bool inside(double safe) const {
    std::size_t k = 0;
    for (index i = 0; i < point_.m; ++i) {
      const bool on = k < active_.size() && active_[k] == i;
      if (on) ++k;
      if (!((on ? point_.force(i) : point_.room(i)) >= -safe)) return false;
    }
    return true;
  }
  // The Newton step from the point to the solution with these active constraints; undone where that is none.
  void polish() {
    Buffer<double> rhs(system_.size()), step(system_.size(), 0.0), x = copy(point_.x), nu = copy(point_.nu),
                                                                   lam = copy(point_.lam);
    std::size_t k = 0;
    for (index i = 0; i < point_.m; ++i)
      if (k < active_.size() && active_[k] == i)
        ++k;
      else
        point_.lam[i] = 0;
    point_.refresh();
    for (index j = 0; j < point_.n; ++j) rhs[j] = -point_.stationarity[j];
    for (index i = 0; i < point_.p; ++i) rhs[point_.n + i] = point_.shortfall[i];
    for (k = 0; k < active_.size(); ++k) rhs[base() + static_cast<index>(k)] = point_.slack[active_[k]];
    if (norm(rhs) > 0) system_.solve(solver(), rhs.data(), step.data(), limits_);
    for (index j = 0; j < point_.n; ++j) point_.x[j] += step[j];
    for (index i = 0; i < point_.p; ++i) point_.nu[i] += step[point_.n + i];
    for (k = 0; k < active_.size(); ++k) point_.lam[active_[k]] += step[base() + static_cast<index>(k)];
    point_.refresh();
    landed_ = inside(std::max(accuracy_, 10 * stationary()));
    if (landed_) {
      moved_ = norm(step);
      return;
    }
    point_.x = std::move(x);
    point_.nu = std::move(nu);
    point_.lam = std::move(lam);
    point_.refresh();
  }
  // || K^{-1} (rhs - K z) ||, roughly.
  double remainder(const Buffer<double>& rhs, const Buffer<double>& z) {
    Buffer<double> r(rhs.size()), error(rhs.size(), 0.0);
    system_.residual(rhs.data(), z.data(), r.data());
    LinearLimits rough = limits_;
    rough.tol = 0.02;
    return norm(r) > 0 && !system_.solve(solver(), r.data(), error.data(), rough).converged ? kInf : norm(error);
  }
  double stationary() const {  // what the linear system left over
    double most = 0;
    for (const double s : point_.stationarity) most = std::max(most, std::abs(s) / point_.steep);
    return most;
  }
  static Buffer<double> copy(const Buffer<double>& from) {
    Buffer<double> out(from.size());
    std::copy(from.begin(), from.end(), out.begin());
    return out;
  }
  index base() const { return point_.n + point_.p; }

  const DerivativeSettings& settings_;
  Clock clock_;
  KktPoint point_;
  std::vector<index> active_;
  KktSystem system_;
  double accuracy_, given_ = 0, moved_ = 0, left_ = 0;
  LinearLimits limits_;
  DerivativeResult result_;
  bool met_ = false, landed_ = false;
};

void write(const Buffer<double>& from, const ArrayView& out) {
  if (out.ndim == 1)
    for (index i = 0; i < out.shape[0]; ++i) out.set_real(from[i], i);
}
bool there(const ArrayView& view) { return view.ndim != 0; }
double get(const ArrayView& view, index i) { return there(view) ? view.real(i) : 0.0; }

// out (rows, n) = -(mult_i u' + w_i x'), rows without an entry in w zero.
void write_rows(const ArrayView& out, const Buffer<double>& mult, const Buffer<double>& w, const double* u,
                const Buffer<double>& x) {
  if (!there(out)) return;
  for (index i = 0; i < out.shape[0]; ++i)
    for (index j = 0; j < out.shape[1]; ++j) out.set_real(-(mult[i] * u[j] + w[i] * x[j]), i, j);
}

double squared(double v) { return v * v; }

}  // namespace

DerivativeResult kkt_vjp(const KktBundle& at, const KktBundle& bundle, const DerivativeSettings& settings) {
  KktDerivative derivative(at, settings);
  const KktPoint& point = derivative.point();
  const index n = point.n, p = point.p;
  Buffer<double> rhs(derivative.size());
  for (index j = 0; j < n; ++j) rhs[j] = get(bundle.x, j);
  for (index i = 0; i < p; ++i) rhs[n + i] = get(bundle.nu, i);
  for (std::size_t k = 0; k < derivative.active().size(); ++k)
    rhs[n + p + static_cast<index>(k)] = get(bundle.lam, derivative.active()[k]);
  const Buffer<double> z = derivative.solve(rhs);
  const double length = norm(z), x = norm(point.x), nu = norm(point.nu), lam = norm(point.lam);
  double outputs = 0, drift = 0;
  if (there(bundle.P)) outputs += squared(x), drift += 1;
  if (there(bundle.q)) outputs += 1;
  if (there(bundle.E)) outputs += squared(x + nu), drift += 4;
  if (there(bundle.e)) outputs += 1;
  if (there(bundle.G)) outputs += squared(x + lam), drift += 4;
  if (there(bundle.h)) outputs += 1;
  derivative.certify(std::sqrt(outputs), std::sqrt(drift) * length);

  const double* u = z.data();
  Buffer<double> w_E(p), w_G(point.m, 0.0), back(n);
  for (index i = 0; i < p; ++i) w_E[i] = z[n + i];
  for (std::size_t k = 0; k < derivative.active().size(); ++k)
    w_G[derivative.active()[k]] = z[n + p + static_cast<index>(k)];
  for (index j = 0; j < n; ++j) back[j] = -u[j];
  write(back, bundle.q);
  write(w_E, bundle.e);
  write(w_G, bundle.h);
  if (there(bundle.P))
    for (index i = 0; i < n; ++i)
      for (index j = 0; j < n; ++j) bundle.P.set_real(-0.5 * (u[i] * point.x[j] + point.x[i] * u[j]), i, j);
  write_rows(bundle.E, point.nu, w_E, u, point.x);
  write_rows(bundle.G, point.lam, w_G, u, point.x);
  return derivative.finish();
}

DerivativeResult kkt_jvp(const KktBundle& at, const KktBundle& bundle, const DerivativeSettings& settings) {
  KktDerivative derivative(at, settings);
  const KktPoint& point = derivative.point();
  const index n = point.n, p = point.p;
  Buffer<double> rhs(derivative.size());
  for (index j = 0; j < n; ++j) rhs[j] = -get(bundle.q, j);
  double tangents = 0;  // how fast the right-hand side changes with the point
  for (index i = 0; there(bundle.P) && i < n; ++i)
    for (index j = 0; j < n; ++j) {
      const double d = 0.5 * (bundle.P.real(i, j) + bundle.P.real(j, i));
      rhs[i] -= d * point.x[j];
      tangents += d * d;
    }
  const auto constrain = [&](index unknown, index i, const ArrayView& rows, const ArrayView& values, double mult) {
    rhs[unknown] = get(values, i);
    for (index j = 0; there(rows) && j < n; ++j) {
      const double d = rows.real(i, j);
      rhs[unknown] -= d * point.x[j];
      rhs[j] -= d * mult;
      tangents += 2 * d * d;
    }
  };
  for (index i = 0; i < p; ++i) constrain(n + i, i, bundle.E, bundle.e, point.nu[i]);
  for (std::size_t k = 0; k < derivative.active().size(); ++k) {
    const index i = derivative.active()[k];
    constrain(n + p + static_cast<index>(k), i, bundle.G, bundle.h, point.lam[i]);
  }
  const Buffer<double> z = derivative.solve(rhs);
  derivative.certify(1.0, std::sqrt(tangents) / std::max(derivative.mu(), 1e-300));

  Buffer<double> dx(n), dnu(p), dlam(point.m, 0.0);
  for (index j = 0; j < n; ++j) dx[j] = z[j];
  for (index i = 0; i < p; ++i) dnu[i] = z[n + i];
  for (std::size_t k = 0; k < derivative.active().size(); ++k)
    dlam[derivative.active()[k]] = z[n + p + static_cast<index>(k)];
  write(dx, bundle.x);
  write(dnu, bundle.nu);
  write(dlam, bundle.lam);
  return derivative.finish();
}

}  // namespace fenchel
