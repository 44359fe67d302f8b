#include "solvers/bilevel/implicit.hpp"

#include <algorithm>
#include <cmath>

#include "base/callback_status.hpp"
#include "base/clock.hpp"

namespace fenchel {
namespace {

// A callback that writes nothing leaves the NaN: it is no answer.
void call(const Root& root, RootProduct what, const double* in, double* out) {
  const index size = what == RootProduct::dtheta_transposed ? root.m : root.n;
  out[0] = kNaN;
  check_callback("a product with a Jacobian", root.product(root.user, static_cast<std::int32_t>(what), in, out));
  for (index i = 0; i < size; ++i)
    if (!std::isfinite(out[i]))
      fail(Status::NOT_FINITE, "products(%) wrote % at %; legal: finite", static_cast<int>(what), out[i], i);
}

// dF/dx, or its transpose.
class RootMap final : public SquareMap {
 public:
  RootMap(const Root& root, bool transposed) : root_(root), transposed_(transposed) {}
  index size() const override { return root_.n; }
  bool symmetric() const override { return root_.symmetric; }
  void apply(const double* v, double* out) override { product(transposed_, v, out); }
  void apply_transposed(const double* u, double* out) override { product(!transposed_, u, out); }
  bool precondition(const double* r, double* z) override {
    if (root_.preconditioned) {
      call(root_, RootProduct::precondition, r, z);
      return true;
    }
    if (!root_.has_diagonal) return false;
    if (diagonal_.empty()) find_diagonal();
    for (index i = 0; i < root_.n; ++i) z[i] = r[i] / diagonal_[i];
    return true;
  }

 private:
  void find_diagonal() {
    const Buffer<double> ones(root_.n, 1.0);
    diagonal_.resize(root_.n);
    call(root_, RootProduct::diagonal, ones.data(), diagonal_.data());
    for (double& d : diagonal_) {
      if (root_.fixed_point) d = 1 - d;
      if (!(d > 0) || !(d < kInf))
        fail(Status::SINGULAR, "the diagonal of dF/dx holds %: no positive definite matrix has such an entry", d);
    }
  }
  void product(bool transposed, const double* in, double* out) const {
    call(root_, transposed && !root_.symmetric ? RootProduct::dx_transposed : RootProduct::dx, in, out);
    if (!root_.fixed_point) return;
    for (index i = 0; i < root_.n; ++i) out[i] = in[i] - out[i];
  }
  const Root& root_;
  bool transposed_;
  Buffer<double> diagonal_;
};

DerivativeResult solve(const Root& root, bool transposed, const double* rhs, double* x,
                       const DerivativeSettings& settings) {
  DerivativeResult result;
  result.active = root.n;
  RootMap map(root, transposed);
  const LinearLimits limits{
      .tol = settings.tol > 0 ? settings.tol : 1e-10, .max_iter = settings.max_iter, .step = settings.neumann_step};
  Buffer<double> memory;
  const LinearReport report =
      solve_linear(map, static_cast<LinearSolver>(settings.linear_solver), rhs, x, limits, memory);
  take_report(report, result);
  if (report.singular && !report.converged)
    fail(
        Status::SINGULAR,
        "the Jacobian of the condition is singular, or not positive definite for cg (% unknowns, relative residual %): "
        "the solution has no derivative",
        root.n, report.residual / report.scale);
  result.mu = settings.mu > 0 ? settings.mu : report.ritz_low;
  const MuSource source = settings.mu > 0       ? MuSource::user_proven
                          : report.ritz_low > 0 ? MuSource::estimated
                                                : MuSource::none;
  result.mu_source = static_cast<std::int32_t>(source);
  result.optimality = kNaN;  // the condition itself is the caller's
  result.x_error = result.bound = result.estimate = kInf;
  result.adjoint_error = settings.mu > 0 ? report.residual / settings.mu : kInf;
  const DerivativeStatus status = !report.converged ? DerivativeStatus::not_converged : DerivativeStatus::uncertified;
  result.derivative_status = static_cast<std::int32_t>(status);
  if (settings.require_certified == 1)
    fail(Status::UNCERTIFIED,
         "the error of x in F(x, theta) = 0 is the caller's: no bound of the derivative can be proved (the system's "
         "relative residual is %)",
         report.scale > 0 ? report.residual / report.scale : 0.0);
  return result;
}

}  // namespace

DerivativeResult implicit_vjp(const Root& root, const ArrayView& cotangent, const ArrayView& adjoint,
                              const ArrayView& out, const DerivativeSettings& settings) {
  const Clock clock;
  Buffer<double> rhs(root.n), u(root.n, 0.0), image(root.m);
  for (index i = 0; i < root.n; ++i) rhs[i] = cotangent.real(i);
  if (adjoint.ndim != 0)
    for (index i = 0; i < root.n; ++i) u[i] = adjoint.real(i);
  DerivativeResult result = solve(root, true, rhs.data(), u.data(), settings);
  call(root, RootProduct::dtheta_transposed, u.data(), image.data());
  const double sign = root.fixed_point ? 1.0 : -1.0;
  for (index i = 0; i < root.m; ++i) out.set_real(sign * image[i], i);
  if (adjoint.ndim != 0)
    for (index i = 0; i < root.n; ++i) adjoint.set_real(u[i], i);
  result.seconds = clock.seconds();
  return result;
}

DerivativeResult implicit_jvp(const Root& root, const ArrayView& tangent, const ArrayView& out,
                              const DerivativeSettings& settings) {
  const Clock clock;
  Buffer<double> d(root.m), rhs(root.n), v(root.n, 0.0);
  for (index i = 0; i < root.m; ++i) d[i] = tangent.real(i);
  call(root, RootProduct::dtheta, d.data(), rhs.data());
  if (!root.fixed_point)
    for (double& r : rhs) r = -r;
  DerivativeResult result = solve(root, false, rhs.data(), v.data(), settings);
  for (index i = 0; i < root.n; ++i) out.set_real(v[i], i);
  result.seconds = clock.seconds();
  return result;
}

}  // namespace fenchel
