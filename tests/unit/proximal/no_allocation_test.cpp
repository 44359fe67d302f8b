// no_allocation_test.cpp -- a solve of a proximal method takes no memory: all of it was taken when the solver was made.
#include "allocations.hpp"
#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

TEST_CASE("proximal methods: a solve allocates nothing") {
  const TinyLasso tiny;
  const auto l1 = ProxCase("l1").real("lam", 2.9).make();
  const auto box = ProxCase("box").real("lower", -0.3).real("upper", 0.5).make();
  const auto A = matrix(4, 5, tiny.A);
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    const auto one = tiny.lasso(dtype);
    const auto behind = problem(dtype, 5, tiny.f(), {{l1, nullptr}, {box, A}});
    const auto simple = problem(dtype, 5, nullptr, {{l1, nullptr}, {box, A}});
    const auto two = problem(dtype, 5, tiny.f(), {{l1, nullptr}, {box, nullptr}});
    const auto sets = problem(dtype, 5, nullptr, {{l1, nullptr}, {box, nullptr}});
    struct Row {
      MinimizeMethod method;
      std::shared_ptr<const CompositeProblem> p;
    };
    for (const Row& row :
         {Row{method_ista, one}, Row{method_fista, one}, Row{method_adaptive, one}, Row{method_nmapg, one},
          Row{method_iht, one}, Row{method_davis_yin, two}, Row{method_douglas_rachford, sets},
          Row{method_admm, behind}, Row{method_admm, sets}, Row{method_pdhg, simple}, Row{method_condat_vu, behind}}) {
      CAPTURE(static_cast<int>(row.method));
      MinimizeSettings settings;
      settings.trace = 100;
      auto solver = make_proximal(row.p, row.method, settings);
      const std::int64_t before = allocations();
      const MinimizeResult& r = solver->solve(nullptr, nullptr, nullptr);
      const std::int64_t taken = allocations() - before;
      CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
      CHECK(taken == 0);
    }
  }
}

}  // namespace
}  // namespace fenchel
