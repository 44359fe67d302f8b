// solve_cases.hpp -- every geometry and cost in both dtypes, in every form of the problem, with the methods that solve
// it.
#pragma once
#include "law_problem.hpp"

namespace law {

// A cost matrix, a cloud of each cost, a grid of each cost that splits by axis; f64 and f32; eps about 5 % of the
// range.
inline std::vector<Instance> geometries() {
  std::vector<Instance> all = {matrix_instance(31, 23, 1)};
  for (const std::string& cost : names_of("cost")) all.push_back(cloud_instance(cost, 29, 34, 3, 2));
  for (const char* cost : {"sqeuclidean", "l1"}) {
    all.push_back(grid_instance(cost, {40}, 3));
    all.push_back(grid_instance(cost, {7, 6}, 4));
    all.push_back(grid_instance(cost, {4, 3, 5}, 5));
  }
  const std::size_t count = all.size();
  for (std::size_t i = 0; i < count; ++i) {
    all[i].spec.eps = all[i].cost == "cosine" ? 0.01 : 0.05;
    all.push_back(all[i]);
    all.back().dtype = FEN_F32;
  }
  return all;
}

struct Form {
  const char* name;
  double rho_a, rho_b, mass_a, mass_b;
  int32_t reg_type;
  int64_t zero_every;
};

inline std::vector<Form> forms() {
  return {{"balanced", kInfinity, kInfinity, 1, 1, FEN_REG_KL, 0},
          {"balanced, mass 3, zeros, entropy", kInfinity, kInfinity, 3, 3, FEN_REG_ENTROPY, 4},
          {"balanced, zeros", kInfinity, kInfinity, 1, 1, FEN_REG_KL, 3},
          {"unbalanced", 0.7, 0.4, 1.5, 0.8, FEN_REG_KL, 0},
          {"unbalanced, entropy", 0.7, 0.4, 1.5, 0.8, FEN_REG_ENTROPY, 0},
          {"semi-unbalanced, zeros", kInfinity, 0.4, 1.5, 0.8, FEN_REG_KL, 5},
          {"semi-unbalanced, entropy", 0.7, kInfinity, 1.5, 0.8, FEN_REG_ENTROPY, 0}};
}

inline Instance formed(Instance p, const Form& form) {
  Random random(9);
  p.a = weights(random, p.n, form.mass_a, form.zero_every);
  p.b = weights(random, p.m, form.mass_b, form.zero_every);
  p.spec = spec_of(p.spec.eps, form.rho_a, form.rho_b, form.reg_type);
  return p;
}

// A grid has no single entries: methods that need them refuse it.
inline bool solves(const std::string& method, const Instance& p) {
  return p.kind != Kind::grid || (method != "sns" && method != "sinkhorn_scaled");
}

// Calls f(instance, method) for all of it.
template <class F>
void for_each_solve(F&& f) {
  for (const Instance& geometry : geometries())
    for (const Form& form : forms())
      for (const std::string& method : names_of("transport_method"))
        if (solves(method, geometry)) f(formed(geometry, form), method);
}

// The exact cost of row i and column j, from the instance's numbers.
inline double cost_entry(const Instance& p, int64_t i, int64_t j) {
  if (p.kind == Kind::matrix) return p.cost_matrix[static_cast<std::size_t>(i * p.m + j)];
  double square = 0, absolute = 0, inner = 0, xx = 0, yy = 0;
  const auto add = [&](double u, double v) {
    square += (u - v) * (u - v);
    absolute += std::fabs(u - v);
    inner += u * v;
    xx += u * u;
    yy += v * v;
  };
  if (p.kind == Kind::cloud) {
    for (int64_t k = 0; k < p.d; ++k)
      add(p.x[static_cast<std::size_t>(i * p.d + k)], p.y[static_cast<std::size_t>(j * p.d + k)]);
  } else {
    for (std::size_t k = p.shape.size(); k-- > 0;) {
      const int64_t size = p.shape[k];
      add(static_cast<double>(i % size) / static_cast<double>(size),
          static_cast<double>(j % size) / static_cast<double>(size));
      i /= size;
      j /= size;
    }
  }
  if (p.cost == "l1") return absolute;
  if (p.cost == "euclidean") return std::sqrt(square);
  if (p.cost == "cosine") return 1 - inner / std::sqrt(xx * yy);
  return square;
}

// The plan that potentials and the instance's own numbers define; what the library should agree with.
inline Vector plan_of(const Instance& p, const Vector& phi, const Vector& psi) {
  Vector plan(static_cast<std::size_t>(p.n * p.m));
  for (int64_t i = 0; i < p.n; ++i)
    for (int64_t j = 0; j < p.m; ++j) {
      const std::size_t r = static_cast<std::size_t>(i), c = static_cast<std::size_t>(j);
      const double weight = p.spec.reg_type == FEN_REG_KL ? p.a[r] * p.b[c] : (p.a[r] > 0 && p.b[c] > 0 ? 1.0 : 0.0);
      plan[r * static_cast<std::size_t>(p.m) + c] =
          weight > 0 ? weight * std::exp((phi[r] + psi[c] - cost_entry(p, i, j)) / p.spec.eps) : 0.0;
    }
  return plan;
}

}  // namespace law
