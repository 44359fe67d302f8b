// derivative_cases.hpp -- the problems on which derivatives are tested: balanced, unbalanced and semi-unbalanced, both
// regularisers, masses other than 1, zero weights, matrices and clouds of every cost.
#pragma once
#include "law_problem.hpp"

namespace law {

inline std::vector<Instance> derivative_cases() {
  struct Form {
    double rho_a, rho_b, mass_a, mass_b;
    int32_t reg_type;
    int64_t zero_every;
  };
  const Form forms[] = {
      {kInfinity, kInfinity, 1, 1, FEN_REG_KL, 0},     {kInfinity, kInfinity, 1, 1, FEN_REG_ENTROPY, 0},
      {kInfinity, kInfinity, 2.5, 2.5, FEN_REG_KL, 0}, {kInfinity, kInfinity, 2.5, 2.5, FEN_REG_ENTROPY, 4},
      {kInfinity, kInfinity, 1, 1, FEN_REG_KL, 4},     {0.5, 0.8, 1.3, 0.7, FEN_REG_KL, 0},
      {0.5, 0.8, 1.3, 0.7, FEN_REG_ENTROPY, 0},        {kInfinity, 0.8, 1.3, 0.7, FEN_REG_KL, 0},
      {0.5, kInfinity, 1.3, 0.7, FEN_REG_ENTROPY, 0},  {0.5, 0.8, 1.3, 0.7, FEN_REG_KL, 5},
  };
  std::vector<Instance> cases;
  std::vector<Instance> bases = {matrix_instance(9, 7, 1)};
  for (const std::string& cost : names_of("cost")) bases.push_back(cloud_instance(cost, 8, 10, 3, 2));
  for (const Instance& base : bases) {
    for (const Form& form : forms) {
      Instance p = base;
      Random random(7);
      p.a = weights(random, p.n, form.mass_a, form.zero_every);
      p.b = weights(random, p.m, form.mass_b, form.zero_every);
      p.spec = spec_of(p.cost == "cosine" ? 0.02 : 0.1, form.rho_a, form.rho_b, form.reg_type);
      cases.push_back(p);
    }
  }
  return cases;
}

// A tangent of weights w: 0 where w is 0; of zero sum in a balanced problem, where masses may not change.
inline Vector weight_tangent(Random& random, const Vector& w, bool balanced) {
  Vector t = random.vector(static_cast<int64_t>(w.size()), -1, 1);
  double total = 0, support = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    t[i] = w[i] > 0 ? t[i] : 0;
    total += t[i];
    support += w[i] > 0 ? 1 : 0;
  }
  for (std::size_t i = 0; balanced && i < w.size(); ++i) t[i] -= w[i] > 0 ? total / support : 0;
  return t;
}

// The names with respect to which an instance can be differentiated, and access to the numbers by name.
inline std::vector<std::string> arguments_of(const Instance& p) {
  if (p.kind == Kind::matrix) return {"a", "b", "cost"};
  return {"a", "b", "x", "y"};
}
inline Vector& argument(Instance& p, const std::string& name) {
  return name == "a" ? p.a : name == "b" ? p.b : name == "cost" ? p.cost_matrix : name == "x" ? p.x : p.y;
}
inline Vector tangent_of(Random& random, Instance& p, const std::string& name) {
  const Vector& value = argument(p, name);
  return name == "a" || name == "b" ? weight_tangent(random, value, p.balanced())
                                    : random.vector(static_cast<int64_t>(value.size()), -1, 1);
}

// Where a weight is 0 nothing moves: derivatives there are not part of the laws.
inline Vector on_support(Vector x, const Vector& weight) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = weight[i] > 0 ? x[i] : 0;
  return x;
}

}  // namespace law
