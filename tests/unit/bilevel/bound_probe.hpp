// bound_probe.hpp -- hypergradients at inexact solutions whose errors are known: 4 seeds x 3 scales x 4 accuracies of
// the lower level x 3 of the adjoint system = 144 configurations a family, with the proved bound and the estimate of
// each. `squares`: least squares, exact errors, L_H = L_J = 0. `logistic`: one penalty a feature, every constant proved
// from the data, errors against a solution to 1e-12.
#pragma once
#include <algorithm>

#include "bilevel/oracle_problems.hpp"

namespace oracle_problems {

struct Probe {
  double error, bound, estimate;
};

// Constants that hold for all x and the given theta.
class BoundedLogistic final : public Logistic {
 public:
  BoundedLogistic(index rows, index n_, std::uint64_t seed, double scale) : Logistic(rows, n_, n_, seed) {
    has |= kConstants;
    for (Matrix* data : {&train, &valid})
      for (double& v : data->values) v *= scale;
    for (index i = 0; i < rows; ++i) {
      const double size = fenchel::norm2(train.values.data() + i * n_, n_);
      cubes_ += size * size * size;
    }
    squares_ = fenchel::dot(train.values, train.values);
    upper_ = fenchel::dot(valid.values, valid.values) / 4;
  }
  BilevelConstants constants(const double* t) override {
    double low = fenchel::kInf, high = 0;
    for (index j = 0; j < n; ++j) low = std::min(low, weight(t, j)), high = std::max(high, weight(t, j));
    // h(x*) <= h(0) = rows log 2, and |loss'''| <= 1 / (6 sqrt 3).
    const double radius = std::sqrt(2 * static_cast<double>(train.rows) * std::log(2.0) / low);
    return {low, squares_ / 4 + high, cubes_ / (6 * std::sqrt(3.0)), high * radius, high, upper_};
  }

 private:
  double cubes_ = 0, squares_ = 0, upper_ = 0;
};

inline fenchel::BilevelSettings probe_settings(double lower_tol, double linear_tol) {
  fenchel::BilevelSettings settings;
  settings.lower_method = static_cast<std::int32_t>(fenchel::LowerMethod::gradient);
  settings.lower_max_iter = 1000000;
  settings.lower_tol = lower_tol;
  settings.linear_solver = static_cast<std::int32_t>(fenchel::LinearSolver::cg);
  settings.linear_tol = linear_tol;
  return settings;
}

// Every configuration of one problem at t; exact(t) is dF/dt.
inline void probe_problem(Problem& problem, const Vector& t, const Vector& exact, Normal& random,
                          std::vector<Probe>& out) {
  const double mu = problem.constants(t.data()).mu;
  for (const double eps : {1.0, 1e-1, 1e-2, 1e-4})
    for (const double delta : {1e-1, 1e-3, 1e-6}) {
      Vector x = random.vector(problem.n, 2), z(t.size());
      const fenchel::BilevelResult found =
          fenchel::hypergradient(problem.table(), probe_settings(eps * mu, delta), t, x, z);
      out.push_back({distance(z, exact), found.bound, found.estimate});
    }
}

inline std::vector<Probe> probe_squares() {
  std::vector<Probe> out;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const double scale : {0.1, 1.0, 10.0}) {
      LeastSquares problem(30, 4, 6, seed, scale);
      Normal random(seed + 50);
      const Vector t = random.vector(4);
      probe_problem(problem, t, problem.gradient(t), random, out);
    }
  return out;
}

inline std::vector<Probe> probe_logistic() {
  std::vector<Probe> out;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const double scale : {0.1, 0.3, 1.0}) {
      BoundedLogistic problem(60, 8, seed, scale);
      Normal random(seed + 70);
      const Vector t = random.vector(8, 0.5);
      fenchel::BilevelSettings settings;
      settings.lower_tol = 1e-12;
      settings.linear_tol = 1e-13;
      Vector x(8), exact(8);
      fenchel::hypergradient(problem.table(), settings, t, x, exact);
      probe_problem(problem, t, exact, random, out);
    }
  return out;
}

struct ProbeSummary {
  index count = 0, violations = 0, low = 0;          // low: 1.25 times the estimate is below the error
  double bound = 0, estimate = 0, estimate_low = 0;  // medians of bound / error, estimate / error; the least of these
};

inline ProbeSummary summarise(const std::vector<Probe>& probes) {
  ProbeSummary sum;
  Vector bounds, estimates;
  for (const Probe& p : probes) {
    ++sum.count;
    if (!(p.error <= p.bound)) ++sum.violations;
    if (!(p.error <= 1.25 * p.estimate)) ++sum.low;
    bounds.push_back(p.bound / p.error);
    estimates.push_back(p.estimate / p.error);
  }
  std::sort(bounds.begin(), bounds.end());
  std::sort(estimates.begin(), estimates.end());
  sum.bound = bounds[bounds.size() / 2];
  sum.estimate = estimates[estimates.size() / 2];
  sum.estimate_low = estimates.front();
  return sum;
}

}  // namespace oracle_problems
