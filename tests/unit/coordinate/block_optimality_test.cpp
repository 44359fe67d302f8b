// block_optimality_test.cpp -- cd on groups and on several outputs: conditions, value and gap in long double.
#include "coordinate/block_case.hpp"

namespace fenchel::test {
namespace {

struct Shape {
  double lam, l1;
  bool positive, weighted, scattered;
};

// Groups of 1 to 6 coordinates; scattered: not side by side, some in none.
std::vector<std::int64_t> groups_of(index size, bool scattered, unsigned seed) {
  std::vector<std::int64_t> out;
  std::int64_t b = 0;
  for (index c = 0; c < size; ++b)
    for (index k = 0; k < 1 + static_cast<index>((static_cast<unsigned>(b) + seed) % 6) && c < size; ++k, ++c)
      out.push_back(b);
  if (!scattered) return out;
  std::vector<std::int64_t> mixed(out.size());
  for (std::size_t c = 0; c < out.size(); ++c) mixed[c] = out[(c * 5) % out.size()];
  mixed[2] = -1;
  return mixed;
}

BlockCase group_case(const char* loss, const Shape& shape, unsigned seed) {
  BlockCase c;
  c.loss = loss;
  const index m = 25 + 20 * (seed % 3), n = seed % 2 == 0 ? 42 : 14;
  c.A = {m, n, test_noise(m * n, 100 + seed)};
  c.y = test_noise(m, 200 + seed);
  for (double& v : c.y) {
    if (c.loss == "logistic" || c.loss == "squared_hinge") v = v < 0 ? -1 : 1;
    if (c.loss == "poisson") v = std::floor(2 * (v + 1));
    if (c.loss == "least_squares" || c.loss == "huber") v *= 3;
  }
  const double scale = seed < 3 ? 1.0 : 0.2;
  c.lam = shape.lam * scale;
  c.l1 = shape.l1 * scale;
  c.positive = shape.positive;
  c.group = groups_of(n, shape.scattered, seed);
  if (shape.weighted) {
    for (std::int64_t b = 0; b < c.groups(); ++b) c.group_weights.push_back(0.5 + static_cast<double>(b % 4));
    c.group_weights[1] = kInf;
    c.group_weights[2] = 0;
  }
  c.intercept = seed % 2 == 1;
  if (seed % 3 == 1) c.offset = test_noise(m, 300 + seed);
  if (seed % 3 == 2)
    for (index i = 0; i < m; ++i) c.weights.push_back(static_cast<double>(i % 3));
  constexpr Storage ways[] = {Storage::columns, Storage::csc, Storage::rows, Storage::scaled};
  c.storage = ways[seed % 4];
  c.settings.tol = 1e-9;
  return c;
}

void check_solved(BlockCase& c, double tol) {
  const BlockCase::Check check = c.check();
  const double scale = std::max(std::abs(c.result.scale), 1e-3);
  CHECK(c.result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(c.result.certificate == static_cast<int>(Certificate::GAP));
  CHECK(std::abs(static_cast<double>(check.objective) - c.result.objective) <= 1e-11 * scale);
  CHECK(c.result.gap <= tol * c.result.scale);
  // The independent gap, from a dual point of its own.
  CHECK(static_cast<double>(check.objective - check.dual) <= 2 * tol * scale);
  CHECK(static_cast<double>(check.objective - check.dual) >= -1e-11 * scale);
  CHECK(static_cast<double>(check.violation) <= 1e-3 * static_cast<double>(check.gradient_size + 1));
  CHECK(static_cast<double>(check.intercepts) <= 1e-9 * static_cast<double>(c.y.size()));
}

TEST_CASE("block cd: conditions and gap hold on random problems of every loss and group norm") {
  const Shape shapes[] = {{1, 0, false, false, false},
                          {1, 0, false, true, true},
                          {0.7, 0.3, false, false, true},
                          {1, 0, true, false, false},
                          {0.7, 0.3, true, true, true}};
  index problems = 0, epochs = 0;
  for (const char* loss : {"least_squares", "logistic", "huber", "squared_hinge", "poisson"})
    for (const Shape& shape : shapes)
      for (unsigned seed = 0; seed < 6; ++seed) {
        if (shape.positive && shape.weighted && seed % 2 == 0) continue;  // a free x >= 0 may have no dual point
        BlockCase c = group_case(loss, shape, seed);
        if (shape.positive && shape.weighted) c.group_weights[2] = 1;
        if (shape.positive && shape.scattered)
          std::replace(c.group.begin(), c.group.end(), std::int64_t{-1}, std::int64_t{0});
        CAPTURE(c.loss);
        CAPTURE(shape.l1);
        CAPTURE(shape.positive);
        CAPTURE(shape.weighted);
        CAPTURE(seed);
        c.solve();
        ++problems;
        epochs += c.result.iterations;
        check_solved(c, 1e-9);
        CHECK(c.result.iterations <= 600);
        for (index j = 0; j < c.A.n; ++j) {
          if (c.held(static_cast<std::size_t>(j))) CHECK(c.x[static_cast<std::size_t>(j)] == 0);
          if (c.positive) CHECK(c.x[static_cast<std::size_t>(j)] >= 0);
        }
      }
  CHECK(problems == 135);
  MESSAGE("epochs a problem: ", static_cast<double>(epochs) / static_cast<double>(problems));
  CHECK(epochs <= problems * 60);
}

TEST_CASE("block cd: multinomial models with l1, elastic net and row groups") {
  index problems = 0, epochs = 0;
  for (const index classes : {2, 3, 5})
    for (const int kind : {0, 1, 2, 3, 4})
      for (unsigned seed = 0; seed < 4; ++seed) {
        BlockCase c;
        c.outputs = classes;
        const index m = 40, n = seed % 2 == 0 ? 30 : 8;
        c.A = {m, n, test_noise(m * n, 40 + seed)};
        for (const double v : test_noise(m, 50 + seed))
          c.y.push_back(std::floor((v + 1) / 2 * static_cast<double>(classes)));
        c.y[0] = static_cast<double>(classes - 1);
        c.l1 = c.lam = 0;
        if (kind == 0) c.l1 = seed < 2 ? 1.0 : 0.2;
        if (kind == 1) c.l1 = 0.5, c.l2 = 0.3;
        if (kind >= 2) {
          c.lam = seed < 2 ? 1.5 : 0.3;
          if (kind == 3) c.l1 = 0.2;
          for (index k = 0; k < c.size(); ++k) c.group.push_back(kind == 4 ? k / (2 * classes) : k / classes);
        }
        c.intercept = seed % 2 == 1 || kind == 0;
        if (seed % 3 == 1) c.offset = test_noise(m * classes, 60 + seed);
        if (seed % 3 == 2)
          for (index i = 0; i < m; ++i) c.weights.push_back(static_cast<double>(i % 3));
        constexpr Storage ways[] = {Storage::columns, Storage::csc, Storage::rows, Storage::csr};
        c.storage = ways[seed % 4];
        c.settings.tol = 1e-9;
        CAPTURE(classes);
        CAPTURE(kind);
        CAPTURE(seed);
        c.solve();
        ++problems;
        epochs += c.result.iterations;
        check_solved(c, 1e-9);
        CHECK(c.result.iterations <= 1500);
      }
  CHECK(problems == 60);
  MESSAGE("epochs a problem: ", static_cast<double>(epochs) / static_cast<double>(problems));
  CHECK(epochs <= problems * 120);
}

}  // namespace
}  // namespace fenchel::test
