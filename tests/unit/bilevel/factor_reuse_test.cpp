// Adjoints by the factor that the inner solver has kept: the same derivative, nothing factored, never a stale answer.
#include <cmath>

#include "coordinate/test_model.hpp"
#include "doctest/doctest.h"
#include "smooth/model_term.hpp"
#include "solvers/bilevel/solution_map.hpp"
#include "solvers/coordinate/make_coordinate.hpp"

namespace fenchel {
namespace {

using namespace test;

using Vector = std::vector<double>;

struct Case {
  const char* loss = "least_squares";
  index m = 60, n = 40;
  bool intercept = false, sparse = false, weighted = false, duplicate = false;
  double l1 = 0.1, l2 = 0;
};

// The makers own what the terms read in place.
struct Made {
  explicit Made(const Case& c)
      : matrix(c.sparse ? "csc" : "dense", operator_terms()), simple("elastic_net", prox_terms()) {
    Vector A = test_noise(c.m * c.n, 5);
    for (index i = 0; i < c.m; ++i) {
      if (c.sparse)
        for (index j = 0; j < c.n; ++j) A[at(c, i, j)] = (3 * i + j) % 7 == 0 ? A[at(c, i, j)] : 0.0;
      if (c.duplicate) A[at(c, i, 1)] = A[at(c, i, 0)];
    }
    const Vector truth = test_noise(c.n, 6), noise = test_noise(c.m, 7);
    LinearModel model;
    for (index i = 0; i < c.m; ++i) {
      double z = 0.3 * noise[static_cast<std::size_t>(i)] + 0.5;
      for (index j = 0; j < std::min<index>(c.n, 8); ++j) z += A[at(c, i, j)] * truth[static_cast<std::size_t>(j)];
      model.y.push_back(std::string(c.loss) == "logistic" ? (z > 0 ? 1 : -1) : z);
      if (c.weighted) model.weights.push_back(0.5 + static_cast<double>(i % 3));
    }
    if (c.sparse) {
      std::vector<std::int32_t> indptr{0}, indices;
      Vector values;
      for (index j = 0; j < c.n; ++j) {
        for (index i = 0; i < c.m; ++i)
          if (const double a = A[at(c, i, j)]; a != 0) values.push_back(a), indices.push_back(static_cast<int>(i));
        indptr.push_back(static_cast<std::int32_t>(values.size()));
      }
      matrix.array("indptr", indptr).array("indices", indices).array("values", values);
      matrix.real("rows", static_cast<double>(c.m));
    } else {
      matrix.array("matrix", A, {c.m, c.n});
    }
    model.A = matrix.make<Operator>();
    model.loss = loss_named(c.loss);
    model.intercept = c.intercept;
    size = c.n + (c.intercept ? 1 : 0);
    f = std::make_shared<ModelTerm>(std::move(model));
    simple.real("l1", c.l1).real("l2", c.l2);
    problem = std::make_shared<const CompositeProblem>(Dtype::f64, size, f,
                                                       std::vector<Summand>{{simple.make<Prox>(), nullptr}});
  }
  static std::size_t at(const Case& c, index i, index j) { return static_cast<std::size_t>(i * c.n + j); }

  TermMaker matrix, simple;
  index size = 0;
  std::shared_ptr<const Smooth> f;
  std::shared_ptr<const CompositeProblem> problem;
};

ArrayView view(Vector& v) {
  return {.dtype = Dtype::f64, .ndim = 1, .data = v.data(), .shape = {static_cast<index>(v.size())}, .strides = {8}};
}

struct Solved {
  explicit Solved(const Made& made) : x(static_cast<std::size_t>(made.size)) {
    MinimizeSettings settings;
    settings.tol = 1e-13;
    solver = make_minimizer(made.problem, MinimizeMethod::method_cd, settings);
    solver->solve(nullptr, nullptr, nullptr);
    solver->solution(view(x));
  }
  std::unique_ptr<MinimizeSolver> solver;
  Vector x;
};

// d <c, x> / d (l1, c of f.linear) with what is known.
Vector derivative(const Made& made, Vector x, const KnownSolution& known, DerivativeResult& result,
                  bool* singular = nullptr) {
  Vector c = test_noise(made.size, 9), l1(1), linear(static_cast<std::size_t>(made.size));
  DerivativeSettings settings;
  settings.estimate = 0;
  const std::vector<ParameterArray> outputs{{SolutionParameter::g_l1, view(l1)},
                                            {SolutionParameter::f_linear, view(linear)}};
  result = solution_vjp(*made.problem, view(x), view(c), outputs, settings, singular, known);
  linear.push_back(l1[0]);
  return linear;
}

void check_same(const Vector& a, const Vector& b, double tol) {
  double size = 0, apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    size = std::max(size, std::abs(b[i])), apart = std::max(apart, std::abs(a[i] - b[i]));
  CHECK(size > 0);
  CHECK(apart <= tol * size);
}

// A wrong factor under the right name.
class Liar final : public InnerFactor {
 public:
  explicit Liar(double scale) : scale_(scale) {}
  bool prepare(const index*, index count, const double*) override {
    count_ = count;
    return true;
  }
  void solve(double* x) override {
    ++asked;
    for (index k = 0; k < count_; ++k) x[k] *= scale_;
  }
  index asked = 0;

 private:
  double scale_;
  index count_ = 0;
};

}  // namespace

TEST_CASE("factor reuse: every model's adjoint, without a factorisation of its own") {
  index cases = 0, made_of_gram = 0;
  for (const char* loss : {"least_squares", "logistic"})
    for (const bool intercept : {false, true})
      for (const bool sparse : {false, true})
        for (const bool weighted : {false, true})
          for (const double l2 : {0.0, 0.5}) {
            CAPTURE(std::string(loss));
            CAPTURE(intercept);
            CAPTURE(sparse);
            CAPTURE(weighted);
            CAPTURE(l2);
            Case c{.loss = loss, .intercept = intercept, .sparse = sparse, .weighted = weighted, .l2 = l2};
            const Made made(c);
            Solved at(made);
            DerivativeResult plain, reused;
            const KnownSolution known = at.solver->known();
            REQUIRE(known.factor != nullptr);
            const Vector expected = derivative(made, at.x, {}, plain);
            const Vector found = derivative(made, at.x, known, reused);
            CHECK(plain.factor_reused == 0);
            CHECK(reused.factor_reused == 1);
            CHECK(static_cast<LinearSolver>(reused.linear_solver) == LinearSolver::direct);
            CHECK(reused.residual <= 1e-10 * reused.scale);
            CHECK(reused.iterations <= (std::string(loss) == "logistic" ? 6 : 2));
            check_same(found, expected, 1e-8);
            // Again: nothing is factored a second time, not even from the matrix kept.
            const index before = known.factor->factorisations;
            derivative(made, at.x, at.solver->known(), reused);
            CHECK(reused.factor_reused == 1);
            CHECK(known.factor->factorisations == before);
            ++cases;
            made_of_gram += before;
          }
  CHECK(cases == 32);
  CHECK(made_of_gram < cases);  // as a rule the last Newton step's factor serves
}

TEST_CASE("factor reuse: never another support's, another penalty's or a wrong one") {
  const Made made(Case{}), squared(Case{.l2 = 0.5}), tighter(Case{.l1 = 2.0});
  Solved at(made), other(squared), fewer(tighter);
  DerivativeResult plain, offered;
  // The same support with other squares; fewer coordinates than the factor has, its matrix serving; more than it has.
  for (auto [problem, x] : {std::pair{&squared, &other.x}, std::pair{&tighter, &fewer.x}}) {
    const Vector expected = derivative(*problem, *x, {}, plain);
    check_same(derivative(*problem, *x, {.factor = at.solver->known().factor}, offered), expected, 1e-9);
  }
  const Vector expected = derivative(made, at.x, {}, plain);
  check_same(derivative(made, at.x, {.factor = fewer.solver->known().factor}, offered), expected, 1e-9);
  CHECK(offered.factor_reused == 0);
  for (const double scale : {1.0, -1.0, 1e6, 0.0, kNaN}) {
    Liar liar(scale);
    check_same(derivative(made, at.x, {.factor = &liar}, offered), expected, 1e-9);
    CHECK(offered.factor_reused == 0);
    CHECK(liar.asked >= 1);
    CHECK(liar.asked <= 8);
  }
}

TEST_CASE("factor reuse: a singular Hessian stays an error") {
  const Made made(Case{.duplicate = true, .l1 = 1e-3});
  Solved at(made);
  const double both = 0.5 * (at.x[0] + at.x[1]);
  REQUIRE(both != 0);
  at.x[0] = at.x[1] = both;
  DerivativeResult result;
  bool singular = false;
  derivative(made, at.x, {.design = at.solver->known().design, .factor = at.solver->known().factor}, result, &singular);
  CHECK(singular);
  CHECK(result.factor_reused == 0);
}

}  // namespace fenchel
