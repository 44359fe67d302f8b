#include <doctest/doctest.h>

#include "coordinate/bcd_case.hpp"

namespace fenchel::bcd_test {

TEST_CASE("a tree is one block, solved like a dense system") {
  const index n = 300;
  const Entries tree = random_tree(n, 3);
  const Vector c = test_noise(n, 5), expected = dense_solution(tree, c);
  double size = 0;
  for (const double x : expected) size = std::max(size, std::abs(x));
  for (const Partition partition : {Partition::forest, Partition::greedy_forest, Partition::automatic}) {
    MinimizeSettings settings = rules(partition, Selection::automatic, BlockUpdate::matrix);
    settings.tol = 1e-12;
    auto solver = make_bcd(problem(quadratic(tree, c)), settings);
    const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
    CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
    CHECK(result.iterations <= 2);
    CHECK(largest_difference(solution(*solver), expected) <= 1e-10 * size);
  }
}

TEST_CASE("red and black updates of a lattice are a Gauss-Seidel sweep") {
  const index side = 9, n = side * side;
  const Entries entries = lattice(side, 2.0, 0.3);
  const Vector c = test_noise(n, 8);
  MinimizeSettings settings = rules(Partition::red_black, Selection::cyclic, BlockUpdate::matrix);
  settings.max_iter = 2;
  settings.tol = 1e-15;
  auto solver = make_bcd(problem(quadratic(entries, c)), settings);
  const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
  CHECK(result.iterations == 2);
  CHECK(result.coordinate_updates == n);
  double least = kInf;
  for (const index first : {index{0}, index{1}}) {  // which colour is called red is free
    Vector x(static_cast<std::size_t>(n), 0.0);
    for (index colour = 0; colour < 2; ++colour) {
      for (index i = 0; i < n; ++i) {
        if ((i / side + i % side + first + colour) % 2 != 0) continue;
        double sum = -c[static_cast<std::size_t>(i)];
        for (const auto& [at, value] : entries)
          if (at.second == i && at.first != i) sum -= value * x[static_cast<std::size_t>(at.first)];
        x[static_cast<std::size_t>(i)] = sum / entries.at({i, i});
      }
    }
    least = std::min(least, largest_difference(solution(*solver), x));
  }
  CHECK(least <= 1e-14);
}

TEST_CASE("data set D reaches the stored optimum, by forests in few updates") {
  const auto [entries, c] = labelled_lattice();
  REQUIRE(c.size() == 2400);
  constexpr double optimum = -1045999575.2270696;
  struct Row {
    Partition partition;
    Selection selection;
    index budget;
  };
  const Row rows[] = {{Partition::automatic, Selection::automatic, 900},
                      {Partition::greedy_forest, Selection::gsd, 900},
                      {Partition::forest, Selection::cyclic, 1200},
                      {Partition::forest, Selection::gsq, 1200}};
  for (const Row& row : rows) {
    MinimizeSettings settings = rules(row.partition, row.selection, BlockUpdate::automatic);
    settings.tol = 1e-11;
    auto solver = make_bcd(problem(quadratic(entries, c)), settings);
    const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
    INFO("partition ", static_cast<int>(row.partition), " selection ", static_cast<int>(row.selection), " iterations ",
         result.iterations, " residual ", result.residual);
    CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
    CHECK(std::abs(result.objective - optimum) <= 1e-12 * std::abs(optimum));
    CHECK(result.iterations <= row.budget);
  }
}

TEST_CASE("indices of 64 bits and single precision read the same lattice") {
  const index side = 12;
  const Entries entries = lattice(side, 2.0, 0.5);
  const Vector c = test_noise(side * side, 4), expected = dense_solution(entries, c);
  TermMaker maker("quadratic", smooth_terms());
  maker.term("Q", std::make_shared<SparseMatrix<float, std::int64_t>>(side * side, side * side, entries, true));
  maker.array("c", c);
  auto solver = make_bcd(problem(maker.make<Smooth>(), nullptr, Dtype::f32), {});
  const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
  CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(result.tol == 1e-5);
  CHECK(largest_difference(solution(*solver), expected) <= 1e-4);
}

}  // namespace fenchel::bcd_test
