#include "solvers/bilevel/squares_newton.hpp"

#include <cmath>
#include <cstring>

#include "coordinate/test_model.hpp"
#include "doctest/doctest.h"
#include "smooth/model_term.hpp"

using namespace fenchel;
using namespace fenchel::test;

namespace fenchel {
namespace {

struct KeptMatrix {  // the maker owns the values that the operator reads in place
  TermMaker maker;
  std::shared_ptr<const Operator> made;
  explicit KeptMatrix(const char* how) : maker(how, operator_terms()) {}
};
std::shared_ptr<const Operator> keep(const std::shared_ptr<KeptMatrix>& kept) {
  kept->made = kept->maker.make<Operator>();
  return {kept, kept->made.get()};
}

// Noise; sparse: two of three entries 0. `first` takes the place of the first entry.
std::shared_ptr<const Operator> matrix(index m, index n, unsigned seed, const char* how = "dense", double first = 0.5) {
  std::vector<double> values = test_noise(m * n, seed);
  values[0] = first;
  const auto kept = std::make_shared<KeptMatrix>(how);
  if (std::strcmp(how, "dense") == 0) {
    kept->maker.array("matrix", values, {m, n});
    return keep(kept);
  }
  const bool by_rows = std::strcmp(how, "csr") == 0;
  std::vector<std::int32_t> indptr{0}, indices;
  std::vector<double> entries;
  for (index l = 0; l < (by_rows ? m : n); ++l) {
    for (index a = 0; a < (by_rows ? n : m); ++a) {
      if ((l + 2 * a) % 3 != 0) continue;
      indices.push_back(static_cast<std::int32_t>(a));
      entries.push_back(values[static_cast<std::size_t>(by_rows ? l * n + a : a * n + l)]);
    }
    indptr.push_back(static_cast<std::int32_t>(entries.size()));
  }
  kept->maker.array("indptr", indptr).array("indices", indices).array("values", entries);
  kept->maker.real(by_rows ? "cols" : "rows", static_cast<double>(by_rows ? n : m));
  return keep(kept);
}

LinearModel logistic_model(std::shared_ptr<const Operator> A) {
  LinearModel model;
  model.A = std::move(A);
  model.loss = loss_named("logistic");
  for (index i = 0; i < model.samples(); ++i) {
    model.y.push_back(i % 3 == 0 ? 1 : -1);
    model.weights.push_back(0.5 + static_cast<double>(i % 4));
    model.offset.push_back(0.1 * static_cast<double>(i % 5));
  }
  for (index j = 0; j < model.features(); ++j) model.linear.push_back(0.05 * std::sin(static_cast<double>(j)));
  return model;
}

double norm_of_gradient(const LinearModel& model, const Buffer<double>& d, const Buffer<double>& x) {
  const ModelTerm f(model);
  Buffer<double> g(x.size());
  Buffer<std::byte> memory(f.scratch_bytes() + 64);
  f.gradient(x.data(), g.data(), Scratch(memory));
  double sum = 0;
  for (index j = 0; j < x.size(); ++j) sum += std::pow(g[j] + d[j] * x[j], 2);
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("squares_newton: the gradient vanishes however A is stored; the start decides nothing") {
  const index m = 40, n = 60;
  Buffer<double> d(n);
  for (index j = 0; j < n; ++j) d[j] = 0.01 * static_cast<double>(1 + j % 7);
  for (const char* how : {"dense", "csr", "csc"}) {
    for (const double first : {0.5, 1e-40, 1e31}) {  // the last two are nothing for a float
      CAPTURE(how);
      CAPTURE(first);
      const LinearModel model = logistic_model(matrix(m, n, 3, how, first));
      Buffer<double> x(n, 0.0), other(n, first == 1e31 ? 0.0 : 3.0);
      SquaresNewton newton(model);
      const MinimizeResult result = newton.solve(d.data(), 1e-12, 0, 100, nullptr, x.data());
      if (first == 1e31) continue;  // no accuracy to ask for beside it: that it ends is enough
      CHECK(static_cast<Termination>(result.termination) == Termination::CONVERGED);
      CHECK(result.iterations <= 15);
      CHECK(norm_of_gradient(model, d, x) < 1e-7);
      newton.solve(d.data(), 1e-12, 0, 100, nullptr, other.data());
      for (index j = 0; j < n; ++j) CHECK(std::abs(x[j] - other[j]) < 1e-6);
    }
  }
}

TEST_CASE("squares_newton: a rough solve does less, and its adjoint tells how far the value is off") {
  const index m = 80, n = 60;
  const LinearModel model = logistic_model(matrix(m, n, 7, "csr"));
  Buffer<double> d(n, 0.3), exact(n, 0.0), c(n);
  for (index j = 0; j < n; ++j) c[j] = std::cos(static_cast<double>(j));  // the criterion <c, x>: linear
  const auto criterion = [&](const Buffer<double>& x) {
    double sum = 0;
    for (index j = 0; j < n; ++j) sum += c[j] * x[j];
    return sum;
  };
  SquaresNewton reference(model);
  const index all = reference.solve(d.data(), 1e-14, 0, 100, nullptr, exact.data()).cg_iterations;
  for (const double roughness : {0.1, 0.03, 0.01}) {
    CAPTURE(roughness);
    Buffer<double> x(n, 0.0), q(n, 0.0), Hq(n);
    SquaresNewton newton(model);
    CHECK(2 * newton.solve(d.data(), 1e-14, roughness, 100, nullptr, x.data()).cg_iterations < all);
    CHECK(norm_of_gradient(model, d, x) > 1e-6);
    newton.adjoint(d.data(), c.data(), 1e-3, q.data());
    double correction = 0;
    for (index j = 0; j < n; ++j) correction += q[j] * newton.whole_gradient()[j];
    const double off = criterion(x) - criterion(exact);
    CHECK(std::abs(off - correction) < 0.3 * std::abs(off));
    // H q = c by the term's own product.
    const ModelTerm f(model);
    Buffer<std::byte> memory(f.scratch_bytes() + 64);
    f.hvp(x.data(), q.data(), Hq.data(), Scratch(memory));
    double residual = 0, size = 0;
    for (index j = 0; j < n; ++j) residual += std::pow(Hq[j] + d[j] * q[j] - c[j], 2), size += c[j] * c[j];
    CHECK(std::sqrt(residual) <= 1.1e-3 * std::sqrt(size));
  }
}

TEST_CASE("squares_newton: a cancelled solve says so, and one at its limit, too") {
  LinearModel model;
  model.A = matrix(20, 30, 5);
  model.loss = loss_named("logistic");
  for (index i = 0; i < 20; ++i) model.y.push_back(i % 2 == 0 ? 1 : -1);
  SquaresNewton newton(model);
  Buffer<double> d(30, 0.1), x(30, 0.0);
  const std::atomic<bool> cancel{true};
  CHECK(static_cast<Termination>(newton.solve(d.data(), 1e-9, 0, 100, &cancel, x.data()).termination) ==
        Termination::CANCELLED);
  CHECK(static_cast<Termination>(newton.solve(d.data(), 1e-9, 0, 1, nullptr, x.data()).termination) ==
        Termination::MAX_ITER);
}

}  // namespace fenchel
