#include "solvers/bilevel/oracles/adjoint_map.hpp"

#include "base/error.hpp"

namespace fenchel {
namespace {

constexpr index kDense = 50;  // n products in one call and a factorisation, up to this n

}  // namespace

LowerSolution::LowerSolution(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings)
    : calls_(calls), lower_(lower), settings_(settings) {
  for (Vector* v : {&slope, &before, &after_, &element_}) v->resize(size_of(calls.n()));
}

void LowerSolution::solve(const double* theta, double accuracy, HypergradientState& state, Control& control) {
  constants = calls_.constants(theta);
  if (settings_.mu > 0) constants.mu = settings_.mu;
  state.lower = lower_.solve(theta, constants, accuracy, state.x, control);
  step = state.lower.step > 0 ? state.lower.step : 1;
  settle(theta, state.x);
}

void LowerSolution::settle(const double* theta, Vector& x) {
  calls_.lower(x.data(), theta, slope.data(), nullptr);
  distance = norm2(slope);
  if (!calls_.has_prox()) return;
  for (std::size_t j = 0; j < x.size(); ++j) before[j] = x[j] - step * slope[j];
  calls_.prox(before.data(), theta, step, after_.data());
  for (std::size_t j = 0; j < x.size(); ++j) element_[j] = (x[j] - after_[j]) / step - slope[j];
  x = after_;
  calls_.lower(x.data(), theta, slope.data(), nullptr);
  for (std::size_t j = 0; j < x.size(); ++j) before[j] = x[j] - step * slope[j];
  axpy(1.0, slope, element_);
  distance = norm2(element_);
}

AdjointMap::AdjointMap(BilevelCalls& calls, const BilevelSettings& settings, const LowerSolution& solution)
    : calls_(calls), settings_(settings), solution_(solution), image_(size_of(calls.n())), product_(image_.size()) {
  const index n = calls.n();
  if (n > kDense || calls.has_prox()) return;
  unit_.resize(size_of(n * n));
  for (index j = 0; j < n; ++j) unit_[size_of(j * n + j)] = 1;
}

void AdjointMap::bind(const Vector& x, const double* theta) {
  x_ = &x;
  theta_ = theta;
}

void AdjointMap::apply(const double* v, double* out) {
  if (!calls_.has_prox()) return calls_.hvp(x_->data(), theta_, v, out);
  jacobian(v, image_.data());
  calls_.hvp(x_->data(), theta_, image_.data(), product_.data());
  for (std::size_t j = 0; j < image_.size(); ++j) product_[j] += (v[j] - image_[j]) / solution_.step;
  jacobian(product_.data(), out);
}

bool AdjointMap::precondition(const double* r, double* z) {
  return !calls_.has_prox() && calls_.precondition(x_->data(), theta_, r, z);
}

bool AdjointMap::write_dense(double* out) {
  if (unit_.empty()) return false;
  calls_.hvp(x_->data(), theta_, unit_.data(), out, calls_.n());
  return true;
}

void AdjointMap::jacobian(const double* v, double* out) {
  calls_.prox_vjp(solution_.before.data(), theta_, solution_.step, v, out, nullptr);
}

LinearReport AdjointMap::try_solve(const double* b, double* x, double accuracy) {
  auto solver = static_cast<LinearSolver>(settings_.linear_solver);
  if (solver == LinearSolver::automatic && calls_.has_prox()) solver = LinearSolver::cg;
  const double scale = norm2(b, calls_.n());
  LinearLimits limits{.tol = settings_.linear_tol > 0 ? settings_.linear_tol : 1e-10,
                      .max_iter = settings_.linear_max_iter,
                      .dense_limit = kDense};
  if (accuracy > 0) limits.tol = scale > 0 ? std::min(1.0, accuracy / scale) : 1.0;
  LinearReport report = solve_linear(*this, solver, b, x, limits, memory_);
  if (calls_.has_preconditioner()) report.ritz_low = report.ritz_high = 0;  // those of the preconditioned matrix
  return report;
}

LinearReport AdjointMap::solve(const double* b, double* x, double accuracy) {
  const LinearReport report = try_solve(b, x, accuracy);
  if (report.singular && !report.converged)
    throw OutsideDomain{"lower_hvp", 0,
                        "the Hessian of the lower level is singular or indefinite (" + to_text(calls_.n()) +
                            " unknowns, relative residual " + to_text(report.residual / report.scale) +
                            "): its solution has no derivative; sl_bamm needs none"};
  return report;
}

void judge_solution(const LowerSolution& solution, const Vector& upper_x, double ritz_low, HypergradientState& state) {
  const BilevelConstants& known = solution.constants;
  state.distance = solution.distance;
  state.mu = known.mu > 0 ? known.mu : ritz_low;
  state.mu_source = known.mu > 0 ? MuSource::user_proven : ritz_low > 0 ? MuSource::estimated : MuSource::none;
  state.x_error = known.mu > 0 ? solution.distance / known.mu : kInf;
  const double e = state.x_error;
  state.value_error = product(norm2(upper_x), e) + product(known.upper_lipschitz, e * e / 2);
}

void judge_status(const LowerSolution& solution, const BilevelSettings& settings, bool linear_converged,
                  HypergradientState& state) {
  const bool solved = state.lower.converged && linear_converged;
  state.status = !solved              ? DerivativeStatus::not_converged
                 : state.bound < kInf ? DerivativeStatus::certified
                                      : DerivativeStatus::uncertified;
  const BilevelConstants& known = solution.constants;
  if (settings.require_certified == 1 && state.status != DerivativeStatus::certified)
    fail(Status::UNCERTIFIED,
         "no bound of the hypergradient's error is proved: mu is %, lower residual %, adjoint residual %, hessian "
         "Lipschitz constant %, || J || %, its Lipschitz constant %, that of the upper gradient %",
         known.mu, state.lower.residual, state.adjoint_residual, known.hessian_lipschitz, known.cross_norm,
         known.cross_lipschitz, known.upper_lipschitz);
}

}  // namespace fenchel
