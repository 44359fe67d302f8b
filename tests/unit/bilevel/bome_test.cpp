// bome: the weight that its dynamic barrier chooses, and no second derivative.
#include <doctest/doctest.h>

#include "bilevel/first_order_problems.hpp"
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {
namespace {

using namespace first_order_problems;

TEST_CASE("bome: the least weight whose direction descends the value function's gap at the share of its slope") {
  for (const std::uint64_t seed : {1, 2, 3})
    for (const double share : {0.0, 0.5, 1.0})
      for (const index steps : {1, 3, 30}) {
        const Ridge ridge(20, 6, seed);
        auto p = ridge.problem();
        BilevelCalls calls(p.problem().oracles);
        Control control;
        PairedDescent pair(calls, control);
        const Vector t(6, 2.0);
        pair.start(t.data(), {}, noise(6, seed + 9));
        pair.set_penalty(0.3);
        pair.settle(t.data(), 0, 0, steps, steps);
        Vector hx(6), hy(6), f_x(6), f_t(6), cross_x(6), cross_y(6);
        calls.lower(pair.x.data(), t.data(), hx.data(), cross_x.data());
        calls.lower(pair.aux.data(), t.data(), hy.data(), cross_y.data());
        calls.upper(pair.aux.data(), t.data(), f_x.data(), f_t.data());
        const double lambda = pair.barrier(share);
        double square = 0, slope = 0, free_slope = 0;  // of q along -(df + lambda dq), and along -df
        for (std::size_t j = 0; j < 6; ++j) {
          const double qt = cross_y[j] - cross_x[j];
          square += hy[j] * hy[j] + qt * qt;
          free_slope -= f_x[j] * hy[j] + f_t[j] * qt;
          slope -= (f_x[j] + lambda * hy[j]) * hy[j] + (f_t[j] + lambda * qt) * qt;
        }
        CHECK(lambda >= 0);
        if (free_slope <= -share * square)
          CHECK(lambda == 0);
        else
          CHECK(slope == doctest::Approx(-share * square).epsilon(1e-9));
      }
}

TEST_CASE("bome: ridge with a penalty each reaches what implicit differentiation does, without a second derivative") {
  const Ridge ridge(40, 12, 11);
  auto p = ridge.problem();
  p.hvp = p.cross_t = nullptr;
  BilevelSettings settings;
  settings.log_theta = 1;
  settings.reach = 100;
  Vector t(12, 1.0), x(12, 0.0);
  const BilevelResult r = solve_bilevel(p.problem(), BilevelMethod::bome, settings, nullptr, nullptr, nullptr, t, x);
  CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
  CHECK(r.lower_hvps == 0);
  CHECK(r.cross_products == 0);
  CHECK(r.finite_differences == 0);
  auto exact = ridge.problem();
  Vector t_implicit(12, 1.0), x_implicit(12, 0.0);
  const BilevelResult other = solve_bilevel(exact.problem(), BilevelMethod::implicit, settings, nullptr, nullptr,
                                            nullptr, t_implicit, x_implicit);
  CHECK(r.value < other.value * (1 + 1e-6));
}

}  // namespace
}  // namespace fenchel
