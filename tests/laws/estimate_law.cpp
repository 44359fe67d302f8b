// estimate_law.cpp -- the two statements of how wrong a derivative is: the bound is never violated, the estimate is
// close.
#include <doctest/doctest.h>

#include <algorithm>

#include "solution_case.hpp"

namespace law {
namespace {

struct Ratios {
  std::vector<double> bound, estimate;
  int checked = 0, certified = 0;
};

double median(std::vector<double> values) {
  if (values.empty()) return kInfinity;
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

// 4 seeds, 3 scales of the data, 4 errors of x, 3 residuals of the linear system: 144 inexact answers.
Ratios probe(const char* loss, const char* penalty, const Numbers& numbers, const char* parameter) {
  Ratios out;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const double scale : {0.3, 1.0, 3.0}) {
      SolutionCase net = SolutionCase::seeded(40, 12, seed);
      net.loss = loss;
      if (net.loss == "logistic") net.classes();
      for (double& a : net.A) a *= scale;
      net.penalty = penalty;
      net.g_numbers = numbers;
      const Vector truth = net.solve(), shift = noise(truth.size(), seed + 40), c = noise(truth.size(), seed + 60);
      const SolutionCase::Answer exact = net.vjp(truth, c, parameter);
      REQUIRE_MESSAGE(exact.status == FEN_OK, exact.message);
      for (const double level : {1e-2, 1e-3, 1e-5, 1e-7})
        for (const double delta : {1e-2, 1e-4, 1e-8}) {
          Vector x = truth;
          for (std::size_t j = 0; j < x.size(); ++j) x[j] += x[j] != 0 ? level * std::abs(x[j]) * shift[j] : 0;
          fen_derivative_options options;
          fen_derivative_options_init(&options, sizeof options);
          options.linear_solver = FEN_LINEAR_SOLVER_CG;
          options.tol = delta;
          const SolutionCase::Answer answer = net.vjp(x, c, parameter, &options);
          REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
          const double error = distance(exact.values, answer.values);
          ++out.checked;
          if (answer.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED) ++out.certified;
          CHECK(error <= answer.result.bound + 1e-11);
          if (error < 1e-10) continue;
          out.estimate.push_back(answer.result.estimate / error);
          if (answer.result.bound < kInfinity) out.bound.push_back(answer.result.bound / error);
        }
    }
  return out;
}

}  // namespace

TEST_CASE(
    "estimate: over 144 inexact answers a problem the bound holds and the estimate is within a quarter, nearly "
    "always") {
  struct Named {
    const char *loss, *penalty;
    Numbers numbers;
    const char* parameter;
  };
  const std::vector<Named> cases = {{"least_squares", "squared_l2", {{"lam", 0.5}}, "f.weights"},
                                    {"least_squares", "elastic_net", {{"l1", 0.2}, {"l2", 0.5}}, "g.l2"},
                                    {"logistic", "squared_l2", {{"lam", 0.3}}, "g.weights"},
                                    {"logistic", "elastic_net", {{"l1", 0.05}, {"l2", 0.3}}, "f.weights"}};
  for (const Named& named : cases) {
    const Ratios ratios = probe(named.loss, named.penalty, named.numbers, named.parameter);
    const auto under =
        std::count_if(ratios.estimate.begin(), ratios.estimate.end(), [](double r) { return 1.25 * r < 1; });
    MESSAGE(std::string(named.loss) << ", " << std::string(named.penalty) << ", " << std::string(named.parameter)
                                    << ": " << ratios.checked << " answers, " << ratios.certified
                                    << " certified, bound / error " << median(ratios.bound)
                                    << " (median), estimate x 1.25 / error " << 1.25 * median(ratios.estimate)
                                    << " (median), below 1 in " << under << " of " << ratios.estimate.size());
    CHECK(ratios.checked == 144);
    CHECK(ratios.estimate.size() >= 90);
    CHECK(median(ratios.bound) < 1000);
    CHECK(1.25 * median(ratios.estimate) >= 1);
    CHECK(1.25 * median(ratios.estimate) <= 1.5);
    CHECK(static_cast<double>(under) <= 0.03 * static_cast<double>(ratios.estimate.size()));
  }
}

TEST_CASE("estimate: for a jvp, for groups, a simplex and total variation, and off") {
  SolutionCase groups = SolutionCase::seeded(18, 8, 5);
  groups.penalty = "group_l2";
  groups.g_numbers = {{"lam", 0.8}, {"size", 2}};
  groups.method = "fista";
  SolutionCase simplex = SolutionCase::seeded(12, 6, 6);
  simplex.penalty = "simplex";
  simplex.method = "fista";
  SolutionCase tv = SolutionCase::seeded(20, 10, 7);
  tv.penalty = "tv1d";
  tv.g_numbers = {{"lam", 0.5}};
  tv.method = "fista";
  SolutionCase logistic = SolutionCase::seeded(30, 6, 3);
  logistic.loss = "logistic";
  logistic.classes();
  logistic.penalty = "squared_l2";
  logistic.g_numbers = {{"lam", 0.4}};
  for (const SolutionCase* problem : {&groups, &simplex, &tv, &logistic}) {
    CAPTURE(problem->penalty);
    const Vector truth = problem->solve(), d = noise(static_cast<std::size_t>(problem->rows), 9);
    SolutionCase rough = *problem;
    rough.tol = 1e-3;
    const Vector x = rough.solve();
    fen_derivative_options options;
    fen_derivative_options_init(&options, sizeof options);
    const SolutionCase::Answer exact = problem->jvp(truth, "f.weights", d),
                               answer = problem->jvp(x, "f.weights", d, &options);
    REQUIRE_MESSAGE(answer.status == FEN_OK, answer.message);
    const double error = distance(exact.values, answer.values);
    CHECK(exact.result.estimate <= 1e-8);
    if (error > 1e-9) {
      CHECK(answer.result.estimate >= 0.8 * error);
      CHECK(answer.result.estimate <= 1.5 * error);
    }
    options.estimate = 0;
    CHECK(problem->jvp(x, "f.weights", d, &options).result.estimate == kInfinity);
  }
}

}  // namespace law
