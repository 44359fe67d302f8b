#include "solvers/bilevel/solution_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/clock.hpp"
#include "solvers/bilevel/error_estimate.hpp"

namespace fenchel {
namespace {

double norm2(const double* x, index n) {
  double sum = 0;
  for (index i = 0; i < n; ++i) sum += x[i] * x[i];
  return std::sqrt(sum);
}

index elements(const ArrayView& view) {
  index count = 1;
  for (int d = 0; d < view.ndim; ++d) count *= view.shape[d];
  return count;
}
double get(const ArrayView& view, index k) {
  return view.ndim == 2 ? view.real(k / view.shape[1], k % view.shape[1]) : view.real(k);
}
void set(const ArrayView& view, index k, double value) {
  if (view.ndim == 2)
    view.set_real(value, k / view.shape[1], k % view.shape[1]);
  else
    view.set_real(value, k);
}

class Derivative {
 public:
  Derivative(const CompositeProblem& problem, const ArrayView& x, std::span<const ParameterArray> parameters,
             const DerivativeSettings& settings, const KnownSolution& known = {})
      : settings_(settings),
        map_(static_cast<OptimalityMap>(settings.optimality_map)),
        point_(problem, x, known),
        system_(make_active_system(point_, map_)) {
    const double floor = problem.dtype() == Dtype::f32 ? 1e-5 : 1e-10;
    tol_ = settings.tol > 0 ? settings.tol : floor;
    accuracy_ = problem.dtype() == Dtype::f32 ? 1e-5 : 1e-9;
    for (const ParameterArray& parameter : parameters) {
      maps_.emplace_back(point_, parameter.which);
      names_.push_back(parameter.which);
      if (elements(parameter.array) != maps_.back().size())
        fail(Status::SHAPE, "% has % elements; legal: %", parameter_text(parameter.which), elements(parameter.array),
             maps_.back().size());
    }
    result_.active = system_->size();
    result_.optimality = system_->optimality();
    find_mu();
  }

  // K q = rhs from q. False: K is singular; an error unless that is tolerated.
  bool solve(const double* rhs, double* q, bool tolerate_singular) {
    const index k = system_->size();
    const LinearLimits limits{.tol = tol_, .max_iter = settings_.max_iter, .step = settings_.neumann_step};
    auto solver = static_cast<LinearSolver>(settings_.linear_solver);
    if (!system_->regular()) {
      if (solver == LinearSolver::direct)
        fail(Status::UNSUPPORTED, "linear_solver direct: the system has a kernel; cg, minres or lsmr solve it");
      if (solver == LinearSolver::automatic) solver = LinearSolver::cg;
    }
    solver_ = std::make_unique<RepeatedSolver>(*system_, solver, limits);
    const LinearReport report = solver_->solve(rhs, q, tol_);
    take_report(report, result_);
    result_.factor_reused = report.reused ? 1 : 0;
    linear_met_ = report.converged;
    const bool singular = report.singular && !report.converged;
    if (singular && !tolerate_singular)
      fail(Status::SINGULAR,
           "the Hessian on the % active unknowns is singular (relative residual %): the solution has no derivative; a "
           "term like squared_l2 makes it unique",
           k, report.residual / report.scale);
    if (mu_source() == MuSource::none && report.ritz_low > 0 && report.solver == LinearSolver::cg) {
      result_.mu = report.ritz_low;
      result_.mu_source = static_cast<std::int32_t>(MuSource::estimated);
    }
    q_norm_ = norm2(q, k);
    return !singular;
  }

  // tangents: the norms of what a jvp moves; empty: a vjp.
  void certify(std::span<const double> tangents) {
    const bool proved = mu_source() == MuSource::model_exact || mu_source() == MuSource::user_proven;
    const Smooth* f = point_.problem->f();
    const double L = f == nullptr || !proved ? 0.0 : f->lipschitz();  // dear: many products, the first time
    const double scale = std::max(largest(point_.x), 1e-300), steep = steepness();
    result_.x_error = proved ? result_.optimality / result_.mu : kInf;
    const double x_doubt = proved ? result_.x_error : accuracy_ * scale;
    const double gradient_doubt =
        proved && L < kInf ? L * result_.x_error : std::max(accuracy_ * steep, 10 * result_.optimality);
    result_.ambiguous = system_->ambiguous(x_doubt, gradient_doubt);
    result_.adjoint_error = kInf;
    result_.bound = kInf;
    if (proved && system_->definite() && result_.ambiguous == 0) bound(tangents);
    result_.derivative_status = static_cast<std::int32_t>(status(steep));
    const auto found = static_cast<DerivativeStatus>(result_.derivative_status);
    if (settings_.require_certified == 1 && found != DerivativeStatus::certified)
      fail(Status::UNCERTIFIED,
           "the derivative has no proved error bound (optimality %, mu %, % ambiguous, relative residual %); "
           "require_certified = 0 returns it with its status",
           result_.optimality, result_.mu, result_.ambiguous, result_.scale > 0 ? result_.residual / result_.scale : 0);
  }

  // Both set result.estimate; q and the outputs are those to be returned, up to their sign.
  void estimate_vjp(const double* cotangent, const double* q, const std::vector<Buffer<double>>& outputs) {
    result_.estimate = kInf;
    if (settings_.estimate == 0) return;
    ErrorEstimate error(point_, *system_, *solver_, map_);
    result_.estimate = error.vjp(names_, cotangent, q, outputs);
    result_.products += error.products();
  }
  void estimate_jvp(const std::vector<Buffer<double>>& tangents, const double* q, const double* dx) {
    result_.estimate = kInf;
    if (settings_.estimate == 0) return;
    ErrorEstimate error(point_, *system_, *solver_, map_);
    result_.estimate = error.jvp(names_, tangents, q, dx);
    result_.products += error.products();
  }

  ActiveSystem& system() { return *system_; }
  std::vector<ParameterMap>& maps() { return maps_; }
  index n() const { return point_.size(); }
  DerivativeResult& result() { return result_; }
  void finish() { result_.seconds = clock_.seconds(); }

 private:
  MuSource mu_source() const { return static_cast<MuSource>(result_.mu_source); }
  static double largest(const Buffer<double>& v) {
    double most = 0;
    for (const double e : v) most = std::max(most, std::abs(e));
    return most;
  }
  // What the distance from optimality is small against: f's gradient at x, which the subdifferential of g cancels, or
  // without g that at 0.
  double steepness() const {
    double most = largest(point_.gradient);
    if (point_.g() == nullptr) {
      const Buffer<double> zero(point_.size(), 0.0);
      Buffer<double> there(point_.size());
      point_.problem->f()->gradient(zero.data(), there.data(), point_.scratch());
      most = std::max(most, largest(there));
    }
    return std::max(most, 1e-300);
  }
  void find_mu() {
    const Smooth* f = point_.problem->f();
    const Prox* g = point_.g();
    double mu = settings_.mu;
    MuSource source = MuSource::user_proven;
    if (!(mu > 0)) {
      source = MuSource::model_exact;
      mu = (f == nullptr ? 0.0 : f->strong_convexity()) + (g == nullptr ? 0.0 : g->strong_convexity());
      if (!point_.problem->convex()) mu = 0;  // f may take away what g adds
      if (point_.tail() > 0) mu = 0;          // a free intercept has no curvature that the terms know of
    }
    result_.mu = mu;
    result_.mu_source = static_cast<std::int32_t>(mu > 0 ? source : MuSource::none);
  }
  double hessian_slope() const {
    const Smooth* f = point_.problem->f();
    return f == nullptr ? 0 : f->hessian_lipschitz();
  }
  // That of the norms of active groups within x_error: the third derivative of || x_b || is at most 2 / (sqrt 3 || x_b
  // ||^2).
  double norm_slope(double x_error) const {
    const GroupList groups(point_.g(), point_.size() - point_.tail());
    double most = 0;
    for (index b = 0; b < groups.count; ++b) {
      double squares = 0;
      for (index k = groups.begin(b); k < groups.end(b); ++k)
        squares += point_.x[groups.member(k)] * point_.x[groups.member(k)];
      const double level = groups.rule->lam * groups.weight(b), nearest = std::sqrt(squares) - x_error;
      if (squares == 0 || level == 0) continue;
      most = std::max(most, nearest > 0 ? level * 1.1547005383792517 / (nearest * nearest) : kInf);
    }
    return most;
  }
  void bound(std::span<const double> tangents) {
    const double e = result_.x_error;
    const double L_H = e > 0 ? hessian_slope() + norm_slope(e) : 0.0;
    result_.adjoint_error = (result_.residual + (e > 0 ? L_H * e * q_norm_ : 0.0)) / result_.mu;
    double sum = 0;
    for (std::size_t p = 0; p < maps_.size(); ++p) {
      const double drift = e > 0 ? maps_[p].slope(e) * e : 0.0;
      if (tangents.empty())
        sum += std::pow(maps_[p].norm() * result_.adjoint_error + drift * q_norm_, 2);
      else
        sum += drift * tangents[p] / result_.mu;
    }
    result_.bound = tangents.empty() ? std::sqrt(sum) : result_.adjoint_error + sum;
  }
  DerivativeStatus status(double steep) const {
    if (!linear_met_ || !(result_.optimality <= std::sqrt(accuracy_) * steep + 1e-300))
      return DerivativeStatus::not_converged;
    if (result_.ambiguous > 0) return DerivativeStatus::ambiguous;
    return result_.bound < kInf ? DerivativeStatus::certified : DerivativeStatus::uncertified;
  }

  const DerivativeSettings& settings_;
  const OptimalityMap map_;
  Clock clock_;
  SolutionPoint point_;
  std::unique_ptr<ActiveSystem> system_;
  std::unique_ptr<RepeatedSolver> solver_;
  std::vector<ParameterMap> maps_;
  std::vector<SolutionParameter> names_;
  DerivativeResult result_;
  double tol_ = 0, accuracy_ = 0, q_norm_ = 0;
  bool linear_met_ = false;
};

}  // namespace

DerivativeResult solution_vjp(const CompositeProblem& problem, const ArrayView& x, const ArrayView& cotangent,
                              std::span<const ParameterArray> outputs, const DerivativeSettings& settings,
                              bool* singular, const KnownSolution& known) {
  Derivative derivative(problem, x, outputs, settings, known);
  const index n = derivative.n(), k = derivative.system().size();
  Buffer<double> full(n), seed(n), rhs(k), q(k, 0.0);
  for (index j = 0; j < n; ++j) seed[j] = cotangent.real(j);
  derivative.system().reduce(seed.data(), rhs.data());
  if (known.adjoint != nullptr) derivative.system().reduce(known.adjoint, q.data());
  const bool regular = derivative.solve(rhs.data(), q.data(), singular != nullptr);
  if (singular != nullptr) *singular = !regular;
  if (!regular) return derivative.result();
  derivative.certify({});
  derivative.system().expand(q.data(), full.data());
  std::vector<Buffer<double>> found;
  for (ParameterMap& map : derivative.maps()) {
    found.emplace_back(map.size());
    map.pull(full.data(), found.back().data());
  }
  derivative.estimate_vjp(seed.data(), q.data(), found);
  for (std::size_t p = 0; p < outputs.size(); ++p) derivative.maps()[p].pull_moved(seed.data(), found[p].data());
  for (std::size_t p = 0; p < outputs.size(); ++p)
    for (index i = 0; i < found[p].size(); ++i) set(outputs[p].array, i, -found[p][i]);
  derivative.finish();
  return derivative.result();
}

void pull_parameters(const CompositeProblem& problem, const ArrayView& x, const double* q,
                     std::span<const ParameterArray> outputs, const KnownSolution& known) {
  const SolutionPoint point(problem, x, known);
  for (const ParameterArray& output : outputs) {
    ParameterMap map(point, output.which);
    Buffer<double> found(map.size());
    map.pull(q, found.data());
    for (index i = 0; i < found.size(); ++i) set(output.array, i, -found[i]);
  }
}

DerivativeResult solution_jvp(const CompositeProblem& problem, const ArrayView& x,
                              std::span<const ParameterArray> tangents, const ArrayView& dx,
                              const DerivativeSettings& settings, const KnownSolution& known) {
  Derivative derivative(problem, x, tangents, settings, known);
  const index n = derivative.n(), k = derivative.system().size();
  Buffer<double> full(n), sum(n, 0.0), rhs(k), q(k, 0.0);
  std::vector<double> norms;
  std::vector<Buffer<double>> given;
  for (std::size_t p = 0; p < tangents.size(); ++p) {
    ParameterMap& map = derivative.maps()[p];
    Buffer<double>& d = given.emplace_back(map.size());
    for (index i = 0; i < map.size(); ++i) d[i] = get(tangents[p].array, i);
    norms.push_back(norm2(d.data(), d.size()));
    map.push(d.data(), full.data());
    for (index j = 0; j < n; ++j) sum[j] += full[j];
  }
  derivative.system().reduce(sum.data(), rhs.data());
  derivative.solve(rhs.data(), q.data(), false);
  derivative.certify(norms);
  derivative.system().expand(q.data(), full.data());
  derivative.estimate_jvp(given, q.data(), full.data());
  for (std::size_t p = 0; p < tangents.size(); ++p) derivative.maps()[p].push_moved(given[p].data(), full.data());
  for (index j = 0; j < n; ++j) dx.set_real(-full[j], j);
  derivative.finish();
  return derivative.result();
}

}  // namespace fenchel
