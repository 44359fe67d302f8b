#include "solvers/bilevel/squares_newton.hpp"

#include <cmath>

#include "coordinate/test_model.hpp"
#include "doctest/doctest.h"
#include "smooth/model_term.hpp"

using namespace fenchel;
using namespace fenchel::test;

namespace fenchel {
namespace {

std::shared_ptr<const Operator> matrix(index m, index n, std::uint64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(m * n));
  for (double& v : values) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    v = static_cast<double>(seed >> 40U) / 8388608.0 - 1;
  }
  struct Kept {  // the maker owns the values that the operator reads in place
    TermMaker maker{"dense", operator_terms()};
    std::shared_ptr<const Operator> made;
  };
  const auto kept = std::make_shared<Kept>();
  kept->maker.array("matrix", values, {m, n});
  kept->made = kept->maker.make<Operator>();
  return {kept, kept->made.get()};
}

}  // namespace

TEST_CASE("squares_newton: the gradient vanishes, with weights, offsets and a linear term; the start decides nothing") {
  for (const std::uint64_t seed : {3U, 4U}) {
    const index m = 40, n = 60;
    LinearModel model;
    model.A = matrix(m, n, seed);
    model.loss = loss_named("logistic");
    Buffer<double> d(n), x(n, 0.0), other(n, 3.0);
    for (index i = 0; i < m; ++i) {
      model.y.push_back(i % 3 == 0 ? 1 : -1);
      model.weights.push_back(0.5 + static_cast<double>(i % 4));
      model.offset.push_back(0.1 * static_cast<double>(i % 5));
    }
    for (index j = 0; j < n; ++j) {
      model.linear.push_back(0.05 * std::sin(static_cast<double>(j)));
      d[j] = 0.01 * static_cast<double>(1 + j % 7);
    }
    const auto design = make_design(*model.A);
    SquaresNewton newton(model, *design);
    const MinimizeResult result = newton.solve(d.data(), 1e-12, 100, nullptr, x.data());
    CHECK(static_cast<Termination>(result.termination) == Termination::CONVERGED);
    CHECK(result.iterations <= 15);
    ModelTerm f(model);
    Buffer<double> g(n);
    Buffer<std::byte> memory(f.scratch_bytes() + 64);
    f.gradient(x.data(), g.data(), Scratch(memory));
    for (index j = 0; j < n; ++j) {
      CHECK(std::abs(g[j] + d[j] * x[j]) < 1e-7);
      CHECK(std::abs(g[j] - newton.gradient()[j]) < 1e-12);
    }
    newton.solve(d.data(), 1e-12, 100, nullptr, other.data());
    for (index j = 0; j < n; ++j) CHECK(std::abs(x[j] - other[j]) < 1e-6);
  }
}

TEST_CASE("squares_newton: a cancelled solve says so, and one at its limit, too") {
  LinearModel model;
  model.A = matrix(20, 30, 5);
  model.loss = loss_named("logistic");
  for (index i = 0; i < 20; ++i) model.y.push_back(i % 2 == 0 ? 1 : -1);
  const auto design = make_design(*model.A);
  SquaresNewton newton(model, *design);
  Buffer<double> d(30, 0.1), x(30, 0.0);
  const std::atomic<bool> cancel{true};
  CHECK(static_cast<Termination>(newton.solve(d.data(), 1e-9, 100, &cancel, x.data()).termination) ==
        Termination::CANCELLED);
  CHECK(static_cast<Termination>(newton.solve(d.data(), 1e-9, 1, nullptr, x.data()).termination) ==
        Termination::MAX_ITER);
}

}  // namespace fenchel
