// lasso_race.cpp -- one solve of the `cd` engine on a problem that lasso_race.py wrote, timed.
//
// usage: lasso_race FOLDER LOSS LAMBDA TOL REPEATS    LOSS = squares | logistic | path
// FOLDER holds shape.txt ("dense m n" or "csc m n nnz"), x.f64 (column-major or the values), y.f64 and, for csc,
// indptr.i32 and indices.i32. Prints one line: seconds of processor time (the least), relative gap, objective, support,
// epochs, working sets, Newton steps, updates; writes w.f64. path: squares at every value of lambdas.f64 (LAMBDA is not
// read); prints the seconds and writes beta.f64.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "coordinate/test_model.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"
#include "solvers/coordinate/make_coordinate.hpp"
#include "solvers/coordinate/path.hpp"

namespace fenchel {
namespace {

template <class T>
std::vector<T> load(const std::string& path, index count) {
  std::vector<T> out(static_cast<std::size_t>(count));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(sizeof(T) * out.size()));
  return out;
}

std::shared_ptr<const CompositeProblem> problem_of(const StoredMatrix& a, const std::vector<double>& y, bool logistic,
                                                   double lam) {
  LinearModel model;
  model.A = std::make_shared<test::StoredOperator>(a);
  model.loss = test::loss_named(logistic ? "logistic" : "least_squares");
  model.y = y;
  auto g = TermMaker("l1", prox_terms()).real("lam", lam).make<Prox>();
  return std::make_shared<CompositeProblem>(Dtype::f64, 0, std::make_shared<ModelTerm>(std::move(model)),
                                            std::vector<Summand>{{g, nullptr}});
}

int race_path(const std::string& folder, const StoredMatrix& a, const std::vector<double>& y, double tol, int repeats) {
  const std::vector<double> lambdas = load<double>(folder + "/lambdas.f64", 100);
  std::vector<double> beta(lambdas.size() * static_cast<std::size_t>(a.cols)), seconds;
  MinimizeSettings settings;
  settings.tol = tol;
  settings.max_iter = 200000;
  settings.num_threads = 1;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const std::clock_t begin = std::clock();
    solve_path(problem_of(a, y, false, 1.0), lambdas, settings, nullptr, nullptr, nullptr,
               {.ndim = 2, .data = beta.data(), .shape = {100, a.cols}, .strides = {8 * a.cols, 8}});
    seconds.push_back(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%.6f\n", seconds[seconds.size() / 2]);
  std::ofstream(folder + "/beta.f64", std::ios::binary)
      .write(reinterpret_cast<const char*>(beta.data()), static_cast<std::streamsize>(8 * beta.size()));
  return 0;
}

int race(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string folder = argv[1];
  const bool logistic = std::strcmp(argv[2], "logistic") == 0;
  const double lam = std::atof(argv[3]), tol = std::atof(argv[4]);
  const int repeats = std::atoi(argv[5]);
  std::ifstream shape(folder + "/shape.txt");
  std::string kind;
  index m = 0, n = 0, nnz = 0;
  shape >> kind >> m >> n;
  StoredMatrix a{.rows = m, .cols = n};
  std::vector<std::int32_t> indptr, indices;
  std::vector<double> x;
  if (kind == "csc") {
    shape >> nnz;
    indptr = load<std::int32_t>(folder + "/indptr.i32", n + 1);
    indices = load<std::int32_t>(folder + "/indices.i32", nnz);
    x = load<double>(folder + "/x.f64", nnz);
    a.layout = StoredMatrix::Layout::csc;
    a.indptr = indptr.data();
    a.indices = indices.data();
    a.nnz = nnz;
  } else {
    x = load<double>(folder + "/x.f64", m * n);
    a.row_stride = 1;
    a.col_stride = m;
    a.nnz = m * n;
  }
  a.values = x.data();
  const std::vector<double> y = load<double>(folder + "/y.f64", m);

  if (std::strcmp(argv[2], "path") == 0) return race_path(folder, a, y, tol, repeats);
  double best = kInf;
  MinimizeResult result;
  std::vector<double> w(static_cast<std::size_t>(n));
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const std::clock_t begin = std::clock();
    const auto problem = problem_of(a, y, logistic, lam);
    MinimizeSettings settings;
    settings.tol = tol;
    settings.num_threads = 1;
    settings.max_iter = 200000;
    if (const char* limit = std::getenv("RACE_LIMIT")) settings.time_limit = std::atof(limit);
    if (std::getenv("RACE_TRACE") != nullptr) settings.trace = 200;
    auto solver = make_coordinate_descent(problem, settings);
    result = solver->solve(nullptr, nullptr, nullptr);
    best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    solver->solution({.ndim = 1, .data = w.data(), .shape = {n}, .strides = {8}});
    if (repeat == 0)
      for (std::size_t k = 0; k + 6 <= solver->trace().size(); k += 6) {
        const double* row = solver->trace().data() + k;
        std::fprintf(stderr, "%8.0f %9.4f %.10g %.2e %.2e %.0f\n", row[0], row[1], row[2], row[3], row[4], row[5]);
      }
  }
  std::printf("%.6f %.3e %.15g %lld %lld %lld %lld %lld %d\n", best, result.residual, result.objective,
              static_cast<long long>(result.support), static_cast<long long>(result.iterations),
              static_cast<long long>(result.outer_iterations), static_cast<long long>(result.newton_steps),
              static_cast<long long>(result.coordinate_updates), result.termination);
  std::ofstream(folder + "/w.f64", std::ios::binary)
      .write(reinterpret_cast<const char*>(w.data()), static_cast<std::streamsize>(8 * w.size()));
  return 0;
}

}  // namespace
}  // namespace fenchel

int main(int argc, char** argv) { return fenchel::race(argc, argv); }
