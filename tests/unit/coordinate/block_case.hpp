// block_case.hpp -- a problem for the block engine behind `cd` (group norms, several outputs) and an optimality check
// that shares nothing with it: value, dual and conditions in long double, straight from their definitions.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>

#include "coordinate/cd_case.hpp"

namespace fenchel::test {

struct BlockCase {
  std::string loss = "least_squares";
  index outputs = 1;  // > 1: multinomial
  Matrix A;
  std::vector<double> y, weights, offset, linear;
  bool intercept = false;
  // g(x) = sum_b lam w_b ||x_b|| + l1 ||x||_1 over the groups, or, without groups, l1 ||x||_1 + l2 / 2 ||x||^2
  std::vector<std::int64_t> group;
  std::vector<double> group_weights;
  double lam = 1, l1 = 0, l2 = 0;
  bool positive = false;
  Storage storage = Storage::columns;
  MinimizeSettings settings;
  std::vector<double> start;

  MinimizeResult result;
  std::vector<double> x, dual;

  index size() const { return A.n * outputs; }
  std::shared_ptr<const Loss> make_loss() const {
    if (outputs == 1) return loss_named(loss.c_str());
    TermMaker data("dense", operator_terms());
    data.array("matrix", std::vector<double>{1.0}, {1, 1});
    TermMaker term("multinomial", smooth_terms());
    term.term("A", data.make<Operator>()).array("y", std::vector<double>{1.0});
    return term.real("classes", static_cast<double>(outputs)).make<Smooth>()->linear_model()->loss;
  }
  std::shared_ptr<const Prox> make_simple() const {
    if (group.empty()) {
      if (l2 == 0) return TermMaker("l1", prox_terms()).real("lam", l1).make<Prox>();
      return TermMaker("elastic_net", prox_terms()).real("l1", l1).real("l2", l2).make<Prox>();
    }
    TermMaker maker("group_l2", prox_terms());
    maker.array("group", group).real("lam", lam).real("l1", l1).real("positive", positive ? 1 : 0);
    if (!group_weights.empty()) maker.array("weights", group_weights);
    return maker.make<Prox>();
  }
  LinearModel model() {
    LinearModel out;
    out.A = A.stored(storage);
    out.loss = make_loss();
    out.y = y;
    out.weights = weights;
    out.offset = offset;
    out.linear = linear;
    out.intercept = intercept;
    return out;
  }
  std::shared_ptr<const CompositeProblem> problem(Dtype dtype = Dtype::f64) {
    return std::make_shared<CompositeProblem>(dtype, 0, std::make_shared<ModelTerm>(model()),
                                              std::vector<Summand>{{make_simple(), nullptr}});
  }
  BlockCase& solve() {
    auto solver = make_coordinate_descent(problem(), settings);
    x.assign(static_cast<std::size_t>(size() + (intercept ? outputs : 0)), 0.0);
    if (!start.empty()) solver->warm_start(CdCase::view(start));
    result = solver->solve(nullptr, nullptr, nullptr);
    solver->solution(CdCase::view(x));
    dual.assign(static_cast<std::size_t>(size()), 0.0);
    if (result.certificate == static_cast<int>(Certificate::GAP)) solver->dual(0, CdCase::view(dual));
    return *this;
  }

  double weight(std::size_t i) const { return weights.empty() ? 1.0 : weights[i]; }
  double level(std::int64_t b) const {
    return lam * (group_weights.empty() ? 1.0 : group_weights[static_cast<std::size_t>(b)]);
  }
  std::int64_t groups() const { return group.empty() ? 0 : *std::max_element(group.begin(), group.end()) + 1; }
  bool held(std::size_t c) const { return !group.empty() && group[c] >= 0 && std::isinf(level(group[c])); }
  bool free(std::size_t c) const {
    return group.empty() ? l1 == 0 && l2 == 0 : group[c] < 0 || (level(group[c]) == 0 && l1 == 0);
  }
  double own_l1(std::size_t c) const { return !group.empty() && group[c] < 0 ? 0.0 : l1; }

  std::vector<Wide> predictor(std::size_t i, const std::vector<double>& at) const {
    const auto K = static_cast<std::size_t>(outputs), p = static_cast<std::size_t>(A.n);
    std::vector<Wide> z(K);
    for (std::size_t k = 0; k < K; ++k) {
      z[k] = (offset.empty() ? 0 : Wide(offset[i * K + k])) + (intercept ? Wide(at[p * K + k]) : 0);
      for (std::size_t j = 0; j < p; ++j)
        z[k] += Wide(A.at(static_cast<index>(i), static_cast<index>(j))) * Wide(at[j * K + k]);
    }
    return z;
  }
  CdCase scalar() const {  // its losses
    CdCase c;
    c.loss = loss;
    return c;
  }
  Wide loss_value(Wide t, const std::vector<Wide>& z) const {
    if (outputs == 1) return scalar().loss_value(t, z[0]);
    const Wide top = *std::max_element(z.begin(), z.end());
    Wide sum = 0;
    for (const Wide v : z) sum += std::exp(v - top);
    return std::log(sum) + top - z[static_cast<std::size_t>(t)];
  }
  std::vector<Wide> loss_slope(Wide t, const std::vector<Wide>& z) const {
    if (outputs == 1) return {scalar().loss_slope(t, z[0])};
    const Wide top = *std::max_element(z.begin(), z.end());
    Wide sum = 0;
    for (const Wide v : z) sum += std::exp(v - top);
    std::vector<Wide> u;
    for (const Wide v : z) u.push_back(std::exp(v - top) / sum);
    u[static_cast<std::size_t>(t)] -= 1;
    return u;
  }
  Wide conjugate(Wide t, const std::vector<Wide>& u) const {
    if (outputs == 1) return scalar().conjugate(t, u[0]);
    Wide sum = 0;
    for (std::size_t k = 0; k < u.size(); ++k) {
      const Wide q = u[k] + (static_cast<Wide>(k) == t ? 1 : 0);
      if (q > 0) sum += q * std::log(q);
    }
    return sum;
  }
  Wide simple(const std::vector<double>& at) const {
    Wide sum = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(size()); ++c)
      sum += Wide(own_l1(c)) * std::abs(Wide(at[c])) + Wide(l2) * Wide(at[c]) * Wide(at[c]) / 2;
    for (std::int64_t b = 0; b < groups(); ++b) {
      Wide square = 0;
      for (std::size_t c = 0; c < group.size(); ++c)
        if (group[c] == b) square += Wide(at[c]) * Wide(at[c]);
      if (square > 0) sum += Wide(level(b)) * std::sqrt(square);
    }
    return sum;
  }
  Wide objective(const std::vector<double>& at) const {
    Wide sum = simple(at);
    for (std::size_t i = 0; i < y.size(); ++i)
      if (weight(i) != 0) sum += Wide(weight(i)) * loss_value(y[i], predictor(i, at));
    for (std::size_t c = 0; c < linear.size(); ++c) sum += Wide(linear[c]) * Wide(at[c]);
    return sum;
  }

  struct Check {
    Wide objective, dual, intercepts, violation, gradient_size;
  };
  // theta = - alpha F'(z) with the largest alpha <= 1 that is feasible; alpha = 1 with a linear part.
  Check check() const {
    Check out{objective(x), 0, 0, 0, 0};
    const std::size_t m = y.size(), K = static_cast<std::size_t>(outputs), N = static_cast<std::size_t>(size());
    std::vector<Wide> u(m * K), a(N, 0), sums(K, 0);
    for (std::size_t i = 0; i < m; ++i) {
      if (weight(i) == 0) continue;
      const auto slope = loss_slope(y[i], predictor(i, x));
      for (std::size_t k = 0; k < K; ++k) sums[k] += u[i * K + k] = Wide(weight(i)) * slope[k];
    }
    if (intercept)
      for (const Wide sum : sums) out.intercepts = std::max(out.intercepts, std::abs(sum));
    for (std::size_t c = 0; c < N; ++c)
      for (std::size_t i = 0; i < m; ++i)
        a[c] += u[i * K + c % K] * Wide(A.at(static_cast<index>(i), static_cast<index>(c / K)));
    const auto fits = [&](Wide alpha) { return domain_excess(a, alpha) <= 1e-15L; };
    Wide low = 0, high = 1;
    if (fits(1) || !linear.empty()) low = 1;
    for (int round = 0; round < 200 && low < 1; ++round) {
      const Wide middle = (low + high) / 2;
      (fits(middle) ? low : high) = middle;
    }
    for (std::size_t i = 0; i < m; ++i) {
      if (weight(i) == 0) continue;
      std::vector<Wide> own(K);
      for (std::size_t k = 0; k < K; ++k) own[k] = low * u[i * K + k] / Wide(weight(i));
      out.dual -= Wide(weight(i)) * conjugate(y[i], own);
      for (std::size_t k = 0; k < K && !offset.empty(); ++k) out.dual += low * u[i * K + k] * Wide(offset[i * K + k]);
    }
    for (std::size_t c = 0; c < N && l2 > 0; ++c) {
      const Wide v = -low * a[c] - (linear.empty() ? 0 : Wide(linear[c]));
      const Wide rest = std::max<Wide>(0, std::abs(v) - Wide(own_l1(c)));
      out.dual -= rest * rest / (2 * Wide(l2));
    }
    for (std::size_t c = 0; c < N; ++c)  // zero up to rounding: what that may be worth
      if (free(c)) out.dual -= std::abs(Wide(x[c]) * (low * a[c] + (linear.empty() ? 0 : Wide(linear[c]))));
    out.violation = domain_excess(a, 1);
    for (const Wide v : a) out.gradient_size = std::max(out.gradient_size, std::abs(v));
    return out;
  }
  // How far v = - (alpha a + c) is outside the domain of g*.
  Wide domain_excess(const std::vector<Wide>& a, Wide alpha) const {
    Wide worst = 0;
    std::vector<Wide> squares(static_cast<std::size_t>(groups()), 0);
    for (std::size_t c = 0; c < a.size(); ++c) {
      const Wide v = -alpha * a[c] - (linear.empty() ? 0 : Wide(linear[c]));
      if (held(c) || l2 > 0 || free(c)) continue;  // free ones are 0 up to rounding: the value shows it
      Wide rest = std::abs(v) - Wide(own_l1(c));
      if (positive && v < 0) rest = 0;
      rest = std::max<Wide>(rest, 0);
      if (group.empty() || group[c] < 0)
        worst = std::max(worst, rest);
      else
        squares[static_cast<std::size_t>(group[c])] += rest * rest;
    }
    for (std::int64_t b = 0; b < groups(); ++b)
      if (!std::isinf(level(b)))
        worst = std::max(worst, std::sqrt(squares[static_cast<std::size_t>(b)]) - Wide(level(b)));
    return worst;
  }
};

}  // namespace fenchel::test
