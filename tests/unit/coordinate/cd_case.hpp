// cd_case.hpp -- a problem for the `cd` engine and an optimality check that shares nothing with it: value, dual and
// conditions in long double, straight from their definitions.
#pragma once
#include <doctest/doctest.h>

#include "coordinate/test_model.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel::test {

using Wide = long double;

struct CdCase {
  std::string loss = "least_squares";
  Matrix A;
  std::vector<double> y, weights, offset, linear;
  bool intercept = false;
  // g(x) = sum_j w_j (l1 |x_j| + l2 x_j^2 / 2) over [lower, upper]
  double l1 = 1, l2 = 0, lower = -kInf, upper = kInf;
  std::vector<double> penalty_weights;
  Storage storage = Storage::columns;
  MinimizeSettings settings;
  std::vector<double> start;

  MinimizeResult result;
  std::vector<double> x;

  class Box final : public Prox {  // g by its soft box alone: the engine needs no more
   public:
    explicit Box(const SoftBox& box) : box_(box) {}
    unsigned caps() const override { return PROX_CONVEX | PROX_SEPARABLE; }
    const SoftBox* soft_box() const override { return &box_; }
    double prox(index, const float*, Step<float>, float*, Scratch) const override { return kNaN; }
    double prox(index, const double*, Step<double>, double*, Scratch) const override { return kNaN; }
    double value(index, const float*, Scratch) const override { return kNaN; }
    double value(index, const double*, Scratch) const override { return kNaN; }

   private:
    SoftBox box_;
  };

  std::shared_ptr<const CompositeProblem> problem(Dtype dtype = Dtype::f64) {
    LinearModel model;
    model.A = A.stored(storage);
    model.loss = loss_named(loss.c_str());
    model.y = y;
    model.weights = weights;
    model.offset = offset;
    model.linear = linear;
    model.intercept = intercept;
    SoftBox box{l1, l2, lower, upper};
    if (!penalty_weights.empty()) box.weights = penalty_weights.data();
    return std::make_shared<CompositeProblem>(dtype, 0, std::make_shared<ModelTerm>(std::move(model)),
                                              std::vector<Summand>{{std::make_shared<Box>(box), nullptr}});
  }
  CdCase& solve() {
    auto solver = make_coordinate_descent(problem(), settings);
    x.assign(static_cast<std::size_t>(A.n + (intercept ? 1 : 0)), 0.0);
    if (!start.empty()) solver->warm_start(view(start));
    result = solver->solve(nullptr, nullptr, nullptr);
    solver->solution(view(x));
    return *this;
  }
  static ArrayView view(std::vector<double>& v) {
    return {.ndim = 1, .data = v.data(), .shape = {static_cast<index>(v.size())}, .strides = {8}};
  }

  double weight(std::size_t i) const { return weights.empty() ? 1.0 : weights[i]; }
  double level(std::size_t j) const {
    return l1 == 0 ? 0.0 : l1 * (penalty_weights.empty() ? 1.0 : penalty_weights[j]);
  }
  double ridge(std::size_t j) const {
    return l2 == 0 ? 0.0 : l2 * (penalty_weights.empty() ? 1.0 : penalty_weights[j]);
  }
  bool held(std::size_t j) const { return !penalty_weights.empty() && std::isinf(penalty_weights[j]); }

  Wide loss_value(Wide t, Wide z) const {
    if (loss == "least_squares") return (z - t) * (z - t) / 2;
    if (loss == "logistic") return std::log1p(std::exp(-std::abs(t * z))) + std::max<Wide>(0, -t * z);
    if (loss == "poisson") return std::exp(z) - t * z;
    if (loss == "squared_hinge") return std::max<Wide>(0, 1 - t * z) * std::max<Wide>(0, 1 - t * z) / 2;
    const Wide r = std::abs(z - t);  // huber, delta = 1
    return r <= 1 ? r * r / 2 : r - Wide(0.5);
  }
  Wide loss_slope(Wide t, Wide z) const {
    if (loss == "least_squares") return z - t;
    if (loss == "logistic") return -t / (1 + std::exp(t * z));
    if (loss == "poisson") return std::exp(z) - t;
    if (loss == "squared_hinge") return -t * std::max<Wide>(0, 1 - t * z);
    return std::min<Wide>(1, std::max<Wide>(-1, z - t));
  }
  Wide conjugate(Wide t, Wide u) const {
    const auto entropy = [](Wide v) { return v > 0 ? v * std::log(v) : Wide(0); };
    if (loss == "least_squares" || loss == "huber") return u * u / 2 + u * t;
    if (loss == "logistic") return entropy(-u * t) + entropy(1 + u * t);
    if (loss == "poisson") return entropy(u + t) - (u + t);
    return u * u / 2 + u * t;  // squared hinge: v = - u t >= 0, v^2 / 2 - v
  }
  Wide predictor(std::size_t i, const std::vector<double>& at) const {
    Wide z = offset.empty() ? 0 : Wide(offset[i]);
    for (index j = 0; j < A.n; ++j) z += Wide(A.at(static_cast<index>(i), j)) * Wide(at[static_cast<std::size_t>(j)]);
    return intercept ? z + Wide(at.back()) : z;
  }
  Wide objective(const std::vector<double>& at) const {
    Wide sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
      if (weight(i) != 0) sum += Wide(weight(i)) * loss_value(y[i], predictor(i, at));
    for (std::size_t j = 0; j < static_cast<std::size_t>(A.n); ++j) {
      const Wide w = at[j];
      if (!linear.empty()) sum += Wide(linear[j]) * w;
      if (!held(j)) sum += Wide(level(j)) * std::abs(w) + Wide(ridge(j)) * w * w / 2;
    }
    return sum;
  }

  struct Check {
    Wide objective, dual, violation, gradient_size;
  };
  // theta = - alpha F'(z) with the largest alpha <= 1 that is feasible.
  Check check() const {
    Check out{objective(x), 0, 0, 0};
    const std::size_t m = y.size(), n = static_cast<std::size_t>(A.n);
    std::vector<Wide> u(m), g(n, 0);
    for (std::size_t i = 0; i < m; ++i) u[i] = weight(i) == 0 ? 0 : Wide(weight(i)) * loss_slope(y[i], predictor(i, x));
    Wide sum = 0, mass = 0, alpha = 1;
    for (std::size_t i = 0; i < m; ++i) sum += u[i], mass += std::abs(u[i]);
    if (intercept) out.violation = std::abs(sum);
    for (std::size_t j = 0; j < n; ++j) {
      if (held(j)) continue;
      for (std::size_t i = 0; i < m; ++i) g[j] += u[i] * Wide(A.at(static_cast<index>(i), static_cast<index>(j)));
      const Wide c = linear.empty() ? 0 : Wide(linear[j]), total = g[j] + c + Wide(ridge(j)) * Wide(x[j]);
      out.gradient_size = std::max(out.gradient_size, std::abs(g[j]));
      const double w = x[j];
      const Wide low = w > 0 ? total + level(j) : total - level(j), high = w < 0 ? total - level(j) : total + level(j);
      // 0 in [low, high], open to -inf at the lower bound and to +inf at the upper one
      if (low > 0 && w > lower) out.violation = std::max(out.violation, low);
      if (high < 0 && w < upper) out.violation = std::max(out.violation, -high);
      if (ridge(j) == 0 && level(j) > 0) {
        if (upper == kInf && -g[j] > Wide(level(j))) alpha = std::min(alpha, Wide(level(j)) / -g[j]);
        if (lower == -kInf && g[j] > Wide(level(j))) alpha = std::min(alpha, Wide(level(j)) / g[j]);
      }
    }
    for (std::size_t i = 0; i < m; ++i)
      if (weight(i) != 0)
        out.dual -= Wide(weight(i)) * conjugate(y[i], alpha * u[i] / Wide(weight(i))) -
                    (offset.empty() ? 0 : alpha * u[i] * Wide(offset[i]));
    for (std::size_t j = 0; j < n; ++j) {
      if (held(j)) continue;
      const Wide v = -alpha * g[j] - (linear.empty() ? 0 : Wide(linear[j])), l = level(j);
      if (l == 0 && ridge(j) == 0 && lower == -kInf && upper == kInf) continue;  // free: v = 0
      Wide best = v > l ? Wide(upper) : v < -l ? Wide(lower) : std::min<Wide>(upper, std::max<Wide>(0, lower));
      if (ridge(j) > 0) {
        best = std::abs(v) <= l ? 0 : (v > 0 ? v - l : v + l) / Wide(ridge(j));
        best = std::min<Wide>(upper, std::max<Wide>(best, lower));
      }
      if (std::isinf(best)) best = 0;  // on the edge of the domain: alpha made it so
      out.dual -= v * best - l * std::abs(best) - Wide(ridge(j)) * best * best / 2;
    }
    return out;
  }
};

}  // namespace fenchel::test
