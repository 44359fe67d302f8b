// group_race.cpp -- one group Lasso by the `cd` engine on a problem that group_race.py wrote, timed.
//
// usage: group_race FOLDER LOSS LAMBDA TOL REPEATS    LOSS = squares | logistic
// FOLDER holds shape.txt ("dense m n" or "csc m n nnz"), x.f64 (column-major or the values), y.f64, group.i64 and, for
// csc, indptr.i32 and indices.i32. The weight of a group is the square root of its size. Prints one line: seconds of
// processor time (the least), relative gap, objective, groups in the support, epochs, working sets, Newton steps,
// updates; writes w.f64.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

#include "coordinate/test_model.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel {
namespace {

template <class T>
std::vector<T> load(const std::string& path, index count) {
  std::vector<T> out(static_cast<std::size_t>(count));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(sizeof(T) * out.size()));
  return out;
}

struct Data {
  explicit Data(const std::string& folder) {
    std::ifstream shape(folder + "/shape.txt");
    std::string kind;
    index nnz = 0;
    shape >> kind >> matrix.rows >> matrix.cols;
    if (kind == "csc") {
      shape >> nnz;
      indptr = load<std::int32_t>(folder + "/indptr.i32", matrix.cols + 1);
      indices = load<std::int32_t>(folder + "/indices.i32", nnz);
      matrix.layout = StoredMatrix::Layout::csc;
      matrix.indptr = indptr.data();
      matrix.indices = indices.data();
    } else {
      nnz = matrix.rows * matrix.cols;
      matrix.row_stride = 1;
      matrix.col_stride = matrix.rows;
    }
    x = load<double>(folder + "/x.f64", nnz);
    matrix.nnz = nnz;
    matrix.values = x.data();
    y = load<double>(folder + "/y.f64", matrix.rows);
    group = load<std::int64_t>(folder + "/group.i64", matrix.cols);
    for (const std::int64_t b : group) {
      if (b >= static_cast<std::int64_t>(weights.size())) weights.resize(static_cast<std::size_t>(b) + 1);
      weights[static_cast<std::size_t>(b)] += 1;
    }
    for (double& w : weights) w = std::sqrt(w);
  }
  StoredMatrix matrix;
  std::vector<double> x, y, weights;
  std::vector<std::int32_t> indptr, indices;
  std::vector<std::int64_t> group;
};

int race(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string folder = argv[1];
  const bool logistic = std::strcmp(argv[2], "logistic") == 0;
  const double lam = std::atof(argv[3]);
  const Data data(folder);
  MinimizeSettings settings;
  settings.tol = std::atof(argv[4]);
  settings.max_iter = 200000;
  settings.num_threads = 1;
  if (const char* limit = std::getenv("RACE_LIMIT")) settings.time_limit = std::atof(limit);
  if (std::getenv("RACE_TRACE") != nullptr) settings.trace = 200;
  double best = kInf;
  MinimizeResult result;
  std::vector<double> w(data.group.size());
  for (int repeat = 0; repeat < std::atoi(argv[5]); ++repeat) {
    const std::clock_t begin = std::clock();
    LinearModel model;
    model.A = std::make_shared<test::StoredOperator>(data.matrix);
    model.loss = test::loss_named(logistic ? "logistic" : "least_squares");
    model.y = data.y;
    TermMaker term("group_l2", prox_terms());
    auto g = term.real("lam", lam).array("group", data.group).array("weights", data.weights).make<Prox>();
    auto problem = std::make_shared<CompositeProblem>(Dtype::f64, 0, std::make_shared<ModelTerm>(std::move(model)),
                                                      std::vector<Summand>{{g, nullptr}});
    auto solver = make_coordinate_descent(problem, settings);
    result = solver->solve(nullptr, nullptr, nullptr);
    best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    solver->solution({.ndim = 1, .data = w.data(), .shape = {data.matrix.cols}, .strides = {8}});
    for (std::size_t k = 0; repeat == 0 && k + 6 <= solver->trace().size(); k += 6) {
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
