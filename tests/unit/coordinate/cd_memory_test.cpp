// cd_memory_test.cpp -- what the coordinate engines allocate: nothing while they iterate, and no more than they said.
#include <atomic>

#include "allocations.hpp"
#include "coordinate/block_case.hpp"
#include "solvers/coordinate/path.hpp"

namespace fenchel::test {
namespace {

struct Count {
  std::int64_t first = -1, last = 0, calls = 0;
  static std::int32_t look(void* user, const Progress&) {
    auto& self = *static_cast<Count*>(user);
    if (self.first < 0) self.first = allocations();
    self.last = allocations();
    ++self.calls;
    return 0;
  }
};

// Separable, groups, and several outputs; squares and a loss that is not.
std::vector<BlockCase> memory_cases() {
  std::vector<BlockCase> out;
  for (const Storage storage : {Storage::columns, Storage::single, Storage::csc, Storage::csr})
    for (const int kind : {0, 1, 2, 3, 4}) {
      BlockCase c;
      const index m = 60, n = 240;
      c.A = {m, n, test_noise(m * n, 7)};
      c.y = test_noise(m, 8);
      c.intercept = true;
      c.l1 = kind == 0 || kind == 1 ? 1.0 : kind == 4 ? 0.4 : 0.0;
      c.lam = kind == 2 || kind == 3 ? 1.0 : 0.0;
      if (kind == 1 || kind == 3) {
        c.loss = "logistic";
        for (double& v : c.y) v = v < 0 ? -1 : 1;
      }
      if (kind == 4) {
        c.outputs = 4;
        for (double& v : c.y) v = std::floor(2 * (v + 1));
      }
      if (kind == 2 || kind == 3)
        for (index j = 0; j < n; ++j) c.group.push_back(j / 6);
      c.storage = storage;
      c.settings.tol = 1e-10;
      c.settings.trace = 5;
      c.settings.monitor_interval = 0;
      out.push_back(std::move(c));
    }
  return out;
}

TEST_CASE("cd: iterations allocate nothing, and a second solve nothing at all") {
  for (BlockCase& c : memory_cases()) {
    const auto problem = c.problem();
    auto solver = make_coordinate_descent(problem, c.settings);
    Count count;
    solver->solve(nullptr, &Count::look, &count);
    CAPTURE(c.loss);
    CAPTURE(c.outputs);
    CHECK(count.calls >= 3);
    CHECK(count.last == count.first);
    const std::int64_t before = allocations();
    const auto& result = solver->solve(nullptr, nullptr, nullptr);
    CHECK(allocations() == before);
    CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
  }
}

TEST_CASE("path: nothing is allocated between its solutions") {
  for (BlockCase& c : memory_cases()) {
    const auto problem = c.problem();
    const auto grid = path_grid(lambda_max(problem), 0.1, 8);
    std::vector<double> x(static_cast<std::size_t>(8 * problem->size()));
    const ArrayView view{
        .ndim = 2, .data = x.data(), .shape = {8, problem->size()}, .strides = {problem->size() * 8, 8}};
    Count count;
    solve_path(problem, grid, c.settings, nullptr, &Count::look, &count, view);
    CHECK(count.calls == 8);
    CHECK(count.last == count.first);
  }
}

TEST_CASE("cd: minimizer_bytes bounds what is taken, closely") {
  for (BlockCase& c : memory_cases()) {
    const auto problem = c.problem();
    const index promised = minimizer_bytes(*problem, MinimizeMethod::method_cd, c.settings);
    const std::int64_t before = allocated_bytes();
    auto solver = make_coordinate_descent(problem, c.settings);
    solver->solve(nullptr, nullptr, nullptr);
    const std::int64_t taken = allocated_bytes() - before;
    CAPTURE(c.loss);
    CAPTURE(c.outputs);
    CAPTURE(static_cast<int>(c.storage));
    CHECK(taken <= promised);
    CHECK(promised <= taken + taken / 50 + 16384);
  }
}

}  // namespace
}  // namespace fenchel::test
