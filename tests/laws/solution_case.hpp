// solution_case.hpp -- a composite problem as a function of parameters, over the C interface: solve it, perturb a
// parameter, solve again. Data are doubles; terms are made afresh for each value.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "law_problem.hpp"

namespace law {

struct TermDeleter {
  void operator()(fen_term* term) const { fen_term_destroy(term); }
};
struct CompositeDeleter {
  void operator()(fen_problem* problem) const { fen_problem_destroy(problem); }
};
using Term = std::unique_ptr<fen_term, TermDeleter>;

// Seeded values in (-1, 1).
inline Vector noise(std::size_t count, std::uint64_t seed) {
  Vector out(count);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  for (double& v : out) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    v = static_cast<double>(state >> 11) / 4503599627370496.0 - 1.0;
  }
  return out;
}

// A term's parameters: numbers and vectors by name.
using Numbers = std::map<std::string, double>;
using Vectors = std::map<std::string, Vector>;

inline Term make_term(const char* kind, const std::string& name, const Numbers& numbers, const Vectors& vectors,
                      const fen_term* A, int32_t dtype) {
  std::vector<fen_param> params;
  std::vector<Array> arrays;
  arrays.reserve(vectors.size());
  for (const auto& [key, value] : numbers) params.push_back({key.c_str(), value, nullptr, nullptr});
  for (const auto& [key, value] : vectors) {
    const bool whole = key == "group" || key == "shape";
    if (whole) {
      static std::vector<std::vector<int64_t>> kept;  // integers of the tests' few terms live on
      static std::vector<std::unique_ptr<fen_array>> views;
      kept.emplace_back(value.begin(), value.end());
      views.push_back(std::make_unique<fen_array>());
      const int64_t shape[] = {static_cast<int64_t>(value.size())};
      fen_array_init(views.back().get(), FEN_I64, 1, shape, kept.back().data());
      params.push_back({key.c_str(), 0, views.back().get(), nullptr});
      continue;
    }
    arrays.emplace_back(dtype, std::vector<int64_t>{static_cast<int64_t>(value.size())}, value);
    params.push_back({key.c_str(), 0, arrays.back().view(), nullptr});
  }
  if (A != nullptr) params.push_back({"A", 0, nullptr, A});
  fen_term* made = nullptr;
  fen_error err = fresh_error();
  check(fen_term_create(kind, name.c_str(), params.data(), static_cast<int32_t>(params.size()), &made, &err), err);
  return Term(made);
}

struct SolutionCase {
  int64_t rows = 12, cols = 6;
  Vector A;  // row-major
  std::string loss = "least_squares", penalty = "l1", method = "auto";
  Numbers f_numbers, g_numbers;
  Vectors f_vectors, g_vectors;
  double tol = 1e-13;
  int32_t dtype = FEN_F64;
  bool sparse = false;  // A by rows, without its zeros

  static SolutionCase seeded(int64_t rows, int64_t cols, std::uint64_t seed) {
    SolutionCase out;
    out.rows = rows;
    out.cols = cols;
    out.A = noise(static_cast<std::size_t>(rows * cols), seed);
    out.f_vectors["y"] = noise(static_cast<std::size_t>(rows), seed + 1);
    return out;
  }
  void classes() {
    for (double& y : f_vectors["y"]) y = y > 0 ? 1 : -1;
  }
  int64_t size() const { return cols + (f_numbers.count("intercept") != 0 ? 1 : 0); }

  struct Live {
    Array matrix;
    std::vector<int64_t> starts, columns;
    Term op, f, g;
    std::unique_ptr<fen_problem, CompositeDeleter> problem;
  };
  std::unique_ptr<Live> make() const {
    auto live = std::make_unique<Live>();
    live->matrix = Array(dtype, {rows, cols}, A);
    fen_error err = fresh_error();
    fen_term* made = nullptr;
    const fen_param params[] = {{"matrix", 0, live->matrix.view(), nullptr}};
    if (sparse)
      made = by_rows(*live);
    else
      check(fen_term_create("operator", "dense", params, 1, &made, &err), err);
    live->op.reset(made);
    live->f = make_term("smooth", loss, f_numbers, f_vectors, live->op.get(), dtype);
    if (!penalty.empty()) live->g = make_term("prox", penalty, g_numbers, g_vectors, nullptr, dtype);
    const fen_term* g[] = {live->g.get()};
    fen_problem* problem = nullptr;
    check(fen_composite_create(dtype, 0, live->f.get(), live->g == nullptr ? 0 : 1, g, nullptr, &problem, &err), err);
    live->problem.reset(problem);
    return live;
  }
  fen_term* by_rows(Live& live) const {
    Vector values;
    live.starts.push_back(0);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < cols; ++j)
        if (const double a = A[static_cast<std::size_t>(i * cols + j)]; a != 0)
          values.push_back(a), live.columns.push_back(j);
      live.starts.push_back(static_cast<int64_t>(values.size()));
    }
    const auto nnz = static_cast<int64_t>(values.size());
    live.matrix = Array(dtype, {nnz}, values);
    const int64_t lines[] = {rows + 1}, entries[] = {nnz};
    fen_array starts, columns;
    fen_array_init(&starts, FEN_I64, 1, lines, live.starts.data());
    fen_array_init(&columns, FEN_I64, 1, entries, live.columns.data());
    const fen_param params[] = {{"indptr", 0, &starts, nullptr},
                                {"indices", 0, &columns, nullptr},
                                {"values", 0, live.matrix.view(), nullptr},
                                {"cols", static_cast<double>(cols), nullptr, nullptr}};
    fen_error err = fresh_error();
    fen_term* made = nullptr;
    check(fen_term_create("operator", "csr", params, 4, &made, &err), err);
    return made;
  }
  Vector solve(const Live& live) const {
    fen_minimize_options options;
    fen_minimize_options_init(&options, sizeof options);
    options.tol = tol;
    options.max_iter = 1000000;
    fen_error err = fresh_error();
    fen_solver* solver = nullptr;
    check(fen_minimize_create(live.problem.get(), method.c_str(), &options, &solver, &err), err);
    Array x(dtype, {size()});
    const int32_t status = fen_minimize_solve(solver, x.view(), nullptr, &err);
    fen_solver_destroy(solver);
    check(status, err);
    Vector out(static_cast<std::size_t>(size()));
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = x[j];
    return out;
  }
  Vector solve() const { return solve(*make()); }

  // The values that a parameter has, and the case with others in their place.
  Vector parameter(const std::string& name) const {
    if (name == "g.scale") return {1.0};
    if (name == "f.linear" && f_vectors.count("linear") == 0) return Vector(static_cast<std::size_t>(cols), 0.0);
    const std::string key = name.substr(2);
    const bool of_f = name[0] == 'f';
    const Vectors& vectors = of_f ? f_vectors : g_vectors;
    if (vectors.count(key) != 0) return vectors.at(key);
    if (of_f) return Vector(static_cast<std::size_t>(rows), key == "weights" ? 1.0 : 0.0);
    if (key == "weights") return Vector(static_cast<std::size_t>(cols), 1.0);
    const Numbers& numbers = g_numbers;
    if (numbers.count(key) != 0) return {numbers.at(key)};
    return {numbers.at("lam")};  // g.l1 and g.l2 of the terms that call it lam
  }
  SolutionCase with(const std::string& name, const Vector& values) const {
    SolutionCase out = *this;
    const std::string key = name.substr(2);
    if (name == "g.scale") {
      for (auto& [_, number] : out.g_numbers)
        if (_ == "lam" || _ == "l1" || _ == "l2") number *= values[0];
    } else if (values.size() > 1 || name[0] == 'f' || key == "weights") {
      (name[0] == 'f' ? out.f_vectors : out.g_vectors)[key] = values;
    } else {
      out.g_numbers[g_numbers.count(key) != 0 ? key : "lam"] = values[0];
    }
    return out;
  }

  struct Answer {
    int32_t status = FEN_OK;
    std::string message;
    Vector values;
    fen_derivative_result result{};
  };
  Answer vjp(const Vector& x, const Vector& cotangent, const std::string& name,
             const fen_derivative_options* options = nullptr) const {
    const auto live = make();
    const int64_t count = static_cast<int64_t>(parameter(name).size());
    const Array at(dtype, {size()}, x), seed(dtype, {size()}, cotangent);
    Array out(dtype, {name == "f.linear" ? size() : count});
    const fen_solution_array outputs[] = {{name.c_str(), out.view()}};
    Answer answer;
    fen_derivative_result_init(&answer.result, sizeof answer.result);
    fen_error err = fresh_error();
    answer.status =
        fen_solution_vjp(live->problem.get(), at.view(), seed.view(), outputs, 1, options, &answer.result, &err);
    if (answer.status != FEN_OK) answer.message = err.message;
    for (int64_t i = 0; i < count; ++i) answer.values.push_back(out[static_cast<std::size_t>(i)]);
    return answer;
  }
  Answer jvp(const Vector& x, const std::string& name, const Vector& tangent,
             const fen_derivative_options* options = nullptr) const {
    const auto live = make();
    Vector padded = tangent;
    if (name == "f.linear") padded.resize(static_cast<std::size_t>(size()), 0.0);
    const Array at(dtype, {size()}, x), in(dtype, {static_cast<int64_t>(padded.size())}, padded);
    Array dx(dtype, {size()});
    const fen_solution_array tangents[] = {{name.c_str(), in.view()}};
    Answer answer;
    fen_derivative_result_init(&answer.result, sizeof answer.result);
    fen_error err = fresh_error();
    answer.status =
        fen_solution_jvp(live->problem.get(), at.view(), tangents, 1, dx.view(), options, &answer.result, &err);
    if (answer.status != FEN_OK) answer.message = err.message;
    for (int64_t j = 0; j < size(); ++j) answer.values.push_back(dx[static_cast<std::size_t>(j)]);
    return answer;
  }
};

inline double inner(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace law
