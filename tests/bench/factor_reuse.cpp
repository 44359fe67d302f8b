// factor_reuse.cpp -- an adjoint after a solve, by what the solver has kept: its predictor and gradient, its columns,
// its factor. Milliseconds of processor time, medians of rounds in turns; argument: rounds (7).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "coordinate/test_model.hpp"
#include "smooth/model_term.hpp"
#include "solvers/bilevel/solution_map.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel {
namespace {

using Vector = std::vector<double>;

double milliseconds() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double median(Vector v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}
ArrayView view(Vector& v) {
  return {.dtype = Dtype::f64, .ndim = 1, .data = v.data(), .shape = {static_cast<index>(v.size())}, .strides = {8}};
}

// share: of the least l1 at which x = 0; 0: squares alone.
void race(const char* what, const char* loss, index m, index n, double share, double l2, int rounds) {
  TermMaker matrix("dense", operator_terms()), simple("elastic_net", prox_terms());
  const Vector A = test_noise(m * n, 5), truth = test_noise(n, 6), noise = test_noise(m, 7);
  ArrayView columns{
      .dtype = Dtype::f64, .ndim = 2, .data = const_cast<double*>(A.data()), .shape = {m, n}, .strides = {8, 8 * m}};
  matrix.array_view("matrix", columns);
  LinearModel model;
  model.A = matrix.make<Operator>();
  model.loss = test::loss_named(loss);
  Vector pull(static_cast<std::size_t>(n));
  for (index i = 0; i < m; ++i) {
    double z = 3 * noise[static_cast<std::size_t>(i)];
    for (index j = 0; j < 50; ++j) z += A[static_cast<std::size_t>(j * m + i)] * truth[static_cast<std::size_t>(j)];
    model.y.push_back(model.loss->quadratic() ? z : z > 0 ? 1 : -1);
    for (index j = 0; j < n; ++j)
      pull[static_cast<std::size_t>(j)] += A[static_cast<std::size_t>(j * m + i)] * model.y.back();
  }
  double top = 0;
  for (const double v : pull) top = std::max(top, std::abs(v) * (model.loss->quadratic() ? 1.0 : 0.5));
  simple.real("l1", share * top).real("l2", l2);
  const auto f = std::make_shared<ModelTerm>(std::move(model));
  const auto problem =
      std::make_shared<const CompositeProblem>(Dtype::f64, n, f, std::vector<Summand>{{simple.make<Prox>(), nullptr}});
  Vector x(static_cast<std::size_t>(n)), c = test_noise(n, 9), out(static_cast<std::size_t>(n)), first;
  Vector times[4];
  DerivativeSettings settings;
  settings.estimate = 0;
  const std::vector<ParameterArray> outputs{{SolutionParameter::f_linear, view(out)}};
  DerivativeResult last;
  double apart = 0;
  for (int round = 0; round < rounds; ++round) {
    double begin = milliseconds();
    const auto solver = make_minimizer(problem, MinimizeMethod::method_cd, {});
    solver->solve(nullptr, nullptr, nullptr);
    times[0].push_back(milliseconds() - begin);
    solver->solution(view(x));
    KnownSolution known = solver->known(), without = known;
    without.factor = nullptr;
    const KnownSolution offers[] = {{}, without, known};
    for (int k = 0; k < 3; ++k) {
      begin = milliseconds();
      last = solution_vjp(*problem, view(x), view(c), outputs, settings, nullptr, offers[k]);
      times[k + 1].push_back(milliseconds() - begin);
      if (k == 0) first = out;
    }
    for (std::size_t j = 0; j < out.size(); ++j) apart = std::max(apart, std::abs(out[j] - first[j]));
  }
  std::printf("%-34s %5d %9.2f %9.2f %9.2f %9.2f   %d  %.0e\n", what, static_cast<int>(last.active), median(times[0]),
              median(times[1]), median(times[2]), median(times[3]), static_cast<int>(last.factor_reused), apart);
}

}  // namespace
}  // namespace fenchel

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 7;
  std::printf("%-34s %5s %9s %9s %9s %9s\n", "", "S", "solve", "afresh", "gradient", "factor");
  using fenchel::race;
  race("lasso 800 x 5000", "least_squares", 800, 5000, 0.05, 0, rounds);
  race("lasso 800 x 5000, larger penalty", "least_squares", 800, 5000, 0.2, 0, rounds);
  race("elastic net 2000 x 1000", "least_squares", 2000, 1000, 0.02, 1, rounds);
  race("ridge 2000 x 500", "least_squares", 2000, 500, 0, 10, rounds);
  race("ridge 2000 x 1000", "least_squares", 2000, 1000, 0, 10, rounds);
  race("logistic, l1, 800 x 5000", "logistic", 800, 5000, 0.1, 0, rounds);
  return 0;
}
