// published_gradients_test.cpp -- values and gradients of ProximalOperators.jl's test_gradients and test_logisticLoss
// for the terms that are smooth here: logistic, squared hinge and least squares with weights, a quadratic, and (from
// test_moreauEnvelope) the envelope of a norm.
#include <doctest/doctest.h>

#include "prox/prox_case.hpp"
#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

std::vector<double> unit_matrix(std::size_t n) {
  std::vector<double> out(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) out[i * n + i] = 1;
  return out;
}

// A linear model of n samples with the same weight each.
SmoothCase model(const char* loss, std::vector<double> A, std::vector<double> y, double weight) {
  const auto n = static_cast<index>(y.size());
  SmoothCase c(loss, n, static_cast<index>(A.size()) / n, 1);
  c.A = std::move(A);
  c.y = std::move(y);
  c.weights.assign(static_cast<std::size_t>(n), weight);
  return c;
}

template <class T>
void agrees(const Smooth& f, const std::vector<double>& at, const std::vector<double>& gradient) {
  const double tol = sizeof(T) == 8 ? 1e-14 : 1e-6;
  std::vector<T> g;
  evaluate(f, std::vector<T>(at.begin(), at.end()), &g);
  for (std::size_t j = 0; j < at.size(); ++j)
    CHECK(static_cast<double>(g[j]) == doctest::Approx(gradient[j]).epsilon(tol).scale(10));
}

}  // namespace

TEST_CASE_TEMPLATE("ProximalOperators.jl's gradients: logistic loss", T, float, double) {
  SmoothCase c = model("logistic", unit_matrix(5), {1, -1, 1, -1, 1}, 1.5);
  const auto f = c.make<T>();
  const std::vector<double> x = {-1, -2, 3, 2, 1};
  CHECK(evaluate(*f, std::vector<T>(x.begin(), x.end())) ==
        doctest::Approx(5.893450123044199).epsilon(sizeof(T) == 8 ? 1e-14 : 1e-6));
  agrees<T>(*f, x,
            {-1.0965878679450072, 0.17880438303317633, -0.07113880976635019, 1.3211956169668235, -0.4034121320549927});
}

TEST_CASE_TEMPLATE("ProximalOperators.jl's gradients: least squares and a quadratic", T, float, double) {
  SmoothCase c = model("least_squares", {1, 2, 3, 4}, {0.1, 0.2}, 2);
  agrees<T>(*c.make<T>(), {-1, 2}, {34.6, 50});
  TermMaker q("dense", operator_terms()), f("quadratic", smooth_terms());
  q.array("matrix", std::vector<T>{2, -1, -1, 2}, {2, 2});
  f.term("Q", q.make<Operator>()).array("c", std::vector<double>{0.1, 0.2});
  agrees<T>(*f.make<Smooth>(), {3, 4}, {2.1, 5.2});
}

// mu sum max(0, 1 - y x)^2 is 2 mu of ours; its gradient is -2 mu y max(0, 1 - y x).
TEST_CASE_TEMPLATE("ProximalOperators.jl's gradients: squared hinge loss", T, float, double) {
  const std::vector<double> y = {1, -1, 1, -1, 1}, x = {0.25, -0.5, 1.5, 2, -3};
  SmoothCase c = model("squared_hinge", unit_matrix(5), y, 3);
  std::vector<double> wanted;
  for (std::size_t i = 0; i < 5; ++i) wanted.push_back(-3 * y[i] * std::max(0.0, 1 - y[i] * x[i]));
  agrees<T>(*c.make<T>(), x, wanted);
}

// The envelope of mu ||x||_2 is Huber's function of the norm: mu ||x|| - mu^2 rho / 2 far from 0, ||x||^2 / (2 rho)
// near it.
TEST_CASE_TEMPLATE("ProximalOperators.jl's gradients: the Moreau envelope of a norm", T, float, double) {
  const double rho = 0.1;
  ProxCase norm("l2");
  TermMaker f("moreau_envelope", smooth_terms());
  f.term("term", norm.make_term()).real("mu", rho).real("size", 5);
  const auto envelope = f.make<Smooth>();
  for (const double scale : {1.0, 0.01}) {
    std::vector<double> x, gradient;
    for (const double a : {1.0, 2.0, 3.0, 4.0, 5.0}) x.push_back(scale * a);
    const double length = scale * std::sqrt(55.0);
    const bool far = length > rho;
    for (const double a : x) gradient.push_back(far ? a / length : a / rho);
    const double value = far ? length - rho / 2 : length * length / (2 * rho);
    CHECK(evaluate(*envelope, std::vector<T>(x.begin(), x.end())) ==
          doctest::Approx(value).epsilon(sizeof(T) == 8 ? 1e-13 : 1e-5));
    agrees<T>(*envelope, x, gradient);
  }
}

}  // namespace fenchel
