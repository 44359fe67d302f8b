#include "solvers/transport/state.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

// X = base + k potential, or -inf where there is no mass.
void load_exponents(const Side& side, const double* potential, double k, double* X) {
  for (index i = 0; i < side.size; ++i)
    X[i] = side.weight[i] > 0 ? side.base[i] + (potential != nullptr ? k * potential[i] : 0.0) : -kInf;
}

// A half update from nothing: the optimal X given lse_i = log2 sum_j exp2(Y_j - k C_ij).
void from_lse(const Side& side, double tau, const double* lse, double* X) {
  for (index i = 0; i < side.size; ++i)
    if (side.weight[i] > 0) X[i] = side.base[i] + tau * (side.log_weight[i] - side.base[i] - lse[i]);
}

}  // namespace

double effective_tol(const TransportProblem& problem, const SinkhornSettings& settings) {
  if (settings.tol > 0) return settings.tol;
  const double stiffness = problem.geometry().cost_range() / problem.spec().eps;
  if (problem.geometry().dtype() == Dtype::f32) return std::max(1e-5, 0x1p-24 * stiffness);
  return std::max(1e-9, 10 * 0x1p-53 * stiffness);
}

TransportState::TransportState(std::shared_ptr<const TransportProblem> problem_in, const SinkhornSettings& settings_in,
                               int max_threads)
    : settings(settings_in), engine(problem_in->geometry().make_engine(max_threads)) {
  bind(std::move(problem_in));
}

void TransportState::bind(std::shared_ptr<const TransportProblem> problem_in) {
  problem = std::move(problem_in);
  for (Buffer<double>* buffer : {&F, &F_in, &p, &best_F, &warm_phi}) buffer->resize(n());
  for (Buffer<double>* buffer : {&G, &q, &q_x, &best_G, &warm_psi, &deficit}) buffer->resize(m());
  has_phi = has_psi = fresh = false;
  result = {};
}

void TransportState::set_start(double eps_in) {
  eps = eps_in;
  const double k = kLog2e / eps;
  engine->set_scale(k);
  engine->set_row_weights(a().weight, a().log_weight);
  load_exponents(a(), has_phi ? warm_phi.data() : nullptr, k, F.data());
  load_exponents(b(), has_psi ? warm_psi.data() : nullptr, k, G.data());
  if (has_phi && !has_psi) {
    engine->lse_cols(F.data(), q.data());
    from_lse(b(), b().tau(eps), q.data(), G.data());
  }
  if (has_psi && !has_phi) {
    engine->lse_rows(G.data(), p.data());
    from_lse(a(), a().tau(eps), p.data(), F.data());
  }
  fresh = false;
}

void TransportState::set_eps(double next) {
  if (next == eps) return;
  const double ratio = eps / next;
  for (index i = 0; i < n(); ++i)
    if (F[i] > -kInf) F[i] = a().base[i] + (F[i] - a().base[i]) * ratio;
  for (index j = 0; j < m(); ++j)
    if (G[j] > -kInf) G[j] = b().base[j] + (G[j] - b().base[j]) * ratio;
  eps = next;
  engine->set_scale(kLog2e / eps);
  fresh = false;
}

double TransportState::side_error(const Side& side, double eps, const double* X, const double* marginal) {
  const double kappa = side.kappa(eps);
  double sum = 0;
  for (index i = 0; i < side.size; ++i) {
    if (!(side.weight[i] > 0)) continue;
    const double target = kappa == 0 ? side.weight[i] : side.weight[i] * std::exp2(-kappa * (X[i] - side.base[i]));
    sum += std::fabs(marginal[i] - target);
  }
  return sum;
}

double TransportState::sweep() {
  const bool damped = !a().constrained();
  if (damped) std::copy_n(F.data(), n(), F_in.data());
  engine->sweep(row_update(), col_update(), F.data(), G.data(), p.data());
  ++result.sweeps;
  fresh = false;
  return side_error(a(), eps, damped ? F_in.data() : F.data(), p.data()) / problem->mass();
}

double TransportState::measure() {
  if (!fresh) {
    engine->marginals_capped(F.data(), G.data(), a().constrained() ? a().weight : nullptr, p.data(), q.data(),
                             q_x.data());
    error_a = side_error(a(), eps, F.data(), p.data()) / problem->mass();
    error_b = side_error(b(), eps, G.data(), q.data()) / problem->mass();
    fresh = true;
  }
  return error_a + error_b;
}

void TransportState::keep() {
  std::copy_n(F.data(), n(), best_F.data());
  std::copy_n(G.data(), m(), best_G.data());
}

void TransportState::restore() {
  std::copy_n(best_F.data(), n(), F.data());
  std::copy_n(best_G.data(), m(), G.data());
  fresh = false;
}

void TransportState::gauge() {
  if (!problem->balanced() || problem->spec().symmetric != 0 || fresh) return;  // one potential has no gauge
  double sum = 0;
  for (index i = 0; i < n(); ++i)
    if (F[i] > -kInf) sum -= a().weight[i] * (F[i] - a().base[i]);
  for (index j = 0; j < m(); ++j)
    if (G[j] > -kInf) sum += b().weight[j] * (G[j] - b().base[j]);
  const double shift = sum / (2 * a().mass);
  if (!std::isfinite(shift)) return;
  for (index i = 0; i < n(); ++i) F[i] += shift;
  for (index j = 0; j < m(); ++j) G[j] -= shift;
}

double TransportIteration::verify() {
  state_.gauge();
  return state_.measure();
}

Progress TransportIteration::progress() const {
  Progress progress;
  progress.iteration = state_.result.iterations;
  progress.passes = state_.engine->passes();
  progress.residual = kNaN;
  progress.eps = state_.eps;
  return progress;
}

double dual_change(const TransportState& state, const double* dF, const double* dG, double alpha, double mass,
                   double new_mass) {
  double change = mass - new_mass;
  const auto add_side = [&](const Side& side, const double* X, const double* d) {
    const double kappa = side.kappa(state.eps);
    double sum = 0;
    for (index i = 0; i < side.size; ++i) {
      if (!(side.weight[i] > 0)) continue;
      const double step = kLn2 * alpha * d[i];
      if (kappa == 0)
        sum += side.weight[i] * step;
      else  // -(1/kappa) (target' - target)
        sum -= side.weight[i] * std::exp2(-kappa * (X[i] - side.base[i])) * std::expm1(-kappa * step) / kappa;
    }
    change += sum;
  };
  add_side(state.a(), state.F.data(), dF);
  add_side(state.b(), state.G.data(), dG);
  return change;
}

double dual_value(const TransportState& state, double mass) {
  double value = 0;
  const auto add_side = [&](const Side& side, const double* X) {
    double sum = 0;
    for (index i = 0; i < side.size; ++i) {
      if (!(side.weight[i] > 0)) continue;
      const double potential = (X[i] - side.base[i]) * kLn2 * state.eps;
      sum += side.weight[i] * (side.constrained() ? potential : -side.rho * std::expm1(-potential / side.rho));
    }
    value += sum;
  };
  add_side(state.a(), state.F.data());
  add_side(state.b(), state.G.data());
  const double reference = state.problem->reg_type() == RegType::kl ? state.a().mass * state.b().mass : 0.0;
  return value - state.eps * (mass - reference);
}

}  // namespace fenchel
