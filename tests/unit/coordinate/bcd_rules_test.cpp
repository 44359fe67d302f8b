#include <doctest/doctest.h>

#include <string>

#include "coordinate/bcd_case.hpp"
#include "solvers/coordinate/bcd_pairing.hpp"

namespace fenchel::bcd_test {
namespace {

// Every rule and update that fits the problem: objectives never rise, and the end is the same point.
void check_all_rules(const std::shared_ptr<const CompositeProblem>& p, double tol, index most_updates) {
  MinimizeSettings best = rules(Partition::automatic, Selection::automatic, BlockUpdate::automatic);
  best.tol = 1e-10;
  best.max_iter = 200000;
  auto reference = make_bcd(p, best);
  REQUIRE(reference->solve(nullptr, nullptr, nullptr).termination == static_cast<int>(Termination::CONVERGED));
  const double optimum = reference->result().objective;
  int ran = 0;
  for (const PartitionInfo& partition : kPartitions) {
    for (const SelectionInfo& selection : kSelections) {
      for (const BlockUpdateInfo& update : kBlockUpdates) {
        MinimizeSettings settings = rules(partition.code, selection.code, update.code, 3);
        settings.tol = tol;
        settings.max_iter = most_updates;
        settings.trace = 20000;
        settings.seed = 4;
        std::unique_ptr<MinimizeSolver> solver;
        try {
          solver = make_bcd(p, settings);
        } catch (const Error& error) {
          CHECK(error.status() == Status::UNSUPPORTED);
          CHECK(std::string(error.what()).find("legal") != std::string::npos);
          continue;
        }
        INFO(partition.name, " ", selection.name, " ", update.name);
        ++ran;
        const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
        CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
        CHECK(result.residual <= tol);
        CHECK(result.objective - optimum <= 1e-6 * (1 + std::abs(optimum)));
        CHECK(result.objective - optimum >= -1e-9 * (1 + std::abs(optimum)));
        const Vector values = objectives(*solver);
        double rise = 0;
        for (std::size_t i = 1; i < values.size(); ++i) rise = std::max(rise, values[i] - values[i - 1]);
        CHECK(rise <= 1e-13 * (1 + std::abs(values.front())));
      }
    }
  }
  CHECK(ran >= 20);
}

std::shared_ptr<const Prox> box(double lower, double upper) {
  return TermMaker("box", prox_terms()).real("lower", lower).real("upper", upper).make<Prox>();
}

std::shared_ptr<const CompositeProblem> least_squares(SmoothCase& data, std::shared_ptr<const Prox> g) {
  return problem(data.make(), std::move(g));
}

}  // namespace

TEST_CASE("all fitting rules descend to the same point: least squares") {
  SmoothCase data("least_squares", 30, 12, 3);
  data.intercept = true;
  check_all_rules(least_squares(data, nullptr), 1e-6, 100000);
}
TEST_CASE("all fitting rules descend to the same point: l1 least squares") {
  SmoothCase data("least_squares", 30, 12, 5);
  check_all_rules(least_squares(data, l1(2.0)), 1e-6, 100000);
}
TEST_CASE("all fitting rules descend to the same point: bounded least squares") {
  SmoothCase data("least_squares", 30, 12, 6);
  check_all_rules(least_squares(data, box(0, 0.2)), 1e-6, 100000);
}
TEST_CASE("all fitting rules descend to the same point: logistic, with everything a model can have") {
  SmoothCase data = full_case("logistic");
  check_all_rules(least_squares(data, l1(0.4)), 1e-6, 200000);
}
TEST_CASE("all fitting rules descend to the same point: multinomial") {
  SmoothCase data("multinomial", 40, 4, 9);
  auto g = TermMaker("squared_l2", prox_terms()).real("lam", 0.5).make<Prox>();
  check_all_rules(least_squares(data, g), 1e-6, 200000);
}
TEST_CASE("all fitting rules descend to the same point: Poisson, whose curvature has no bound") {
  SmoothCase data("poisson", 40, 6, 9);
  check_all_rules(least_squares(data, l1(1.0)), 1e-6, 200000);
}
TEST_CASE("all fitting rules descend to the same point: a lattice, free and nonnegative") {
  const Entries entries = lattice(6, 1.0, 0.5);
  check_all_rules(problem(quadratic(entries, test_noise(36, 4))), 1e-6, 100000);
  check_all_rules(problem(quadratic(entries, test_noise(36, 4)), box(0, kInf)), 1e-6, 100000);
}

TEST_CASE("rules that do not fit are refused by name") {
  SmoothCase data("least_squares", 20, 8, 3);
  const auto f = data.make();
  const auto smooth = problem(f), kinked = problem(f, l1(0.1));
  const auto message = [](const std::shared_ptr<const CompositeProblem>& p, const MinimizeSettings& s) {
    CHECK(status_of([&] { make_bcd(p, s); }) == Status::UNSUPPORTED);
    return message_of([&] { make_bcd(p, s); });
  };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  const auto gsq = message(smooth, rules(Partition::variable, Selection::gsq, BlockUpdate::matrix));
  CHECK(has(gsq, "gsq needs fixed blocks"));
  CHECK(has(message(smooth, rules(Partition::sort, Selection::gsq_iht, BlockUpdate::matrix)), "variable"));
  CHECK(has(message(smooth, rules(Partition::sort, Selection::gsq, BlockUpdate::gradient)), "1/L step"));
  CHECK(has(message(smooth, rules(Partition::forest, Selection::cyclic, BlockUpdate::matrix)), "stored sparse"));
  CHECK(has(message(kinked, rules(Partition::sort, Selection::gsd, BlockUpdate::matrix)), "exact_qp, tmp"));
  CHECK(has(message(kinked, rules(Partition::sort, Selection::gsd, BlockUpdate::newton)), "exact_qp, tmp"));
  const auto lattice_l1 = problem(quadratic(lattice(4, 1, 1), test_noise(16, 1)), l1(0.1));
  CHECK(has(message(lattice_l1, rules(Partition::forest, Selection::gs, BlockUpdate::exact_qp)), "too large"));
  SmoothCase counts("poisson", 20, 8, 3);
  const auto poisson = problem(counts.make());
  CHECK(has(message(poisson, rules(Partition::sort, Selection::gs, BlockUpdate::matrix)), "bound of the curvature"));
  const auto mcp = TermMaker("mcp", prox_terms()).real("lam", 0.1).real("gamma", 3).make<Prox>();
  CHECK(has(message(problem(f, mcp), rules(Partition::sort, Selection::gs, BlockUpdate::exact_qp)), "convex g"));
}

TEST_CASE("problems without columns or with other terms are refused") {
  SmoothCase data("least_squares", 20, 8, 3);
  const auto f = data.make();
  const auto simplex = TermMaker("simplex", prox_terms()).make<Prox>();
  CHECK(status_of([&] { make_bcd(problem(f, simplex), {}); }) == Status::UNSUPPORTED);
  auto two =
      std::make_shared<CompositeProblem>(Dtype::f64, 0, f, std::vector<Summand>{{l1(1), nullptr}, {l1(2), nullptr}});
  CHECK(status_of([&] { make_bcd(two, {}); }) == Status::UNSUPPORTED);
  auto none = std::make_shared<CompositeProblem>(Dtype::f64, 4, nullptr, std::vector<Summand>{{l1(1), nullptr}});
  CHECK(status_of([&] { make_bcd(none, {}); }) == Status::UNSUPPORTED);
}

}  // namespace fenchel::bcd_test
