// Starting and stopping: warm starts are recognised, a cancel at iteration k returns what a limit of k returns, and
// what is returned is the best iterate.
#include <doctest/doctest.h>

#include "solve_cases.hpp"

namespace {

using namespace law;

struct Watch {
  int64_t stop_at;
  std::vector<fen_progress> seen;
  static int32_t call(void* user, const fen_progress* progress) {
    auto* self = static_cast<Watch*>(user);
    self->seen.push_back(*progress);
    return progress->iteration >= self->stop_at ? 1 : 0;
  }
};

std::vector<Instance> cases() {
  std::vector<Instance> all;
  for (const int32_t dtype : {FEN_F64, FEN_F32})
    for (Instance p :
         {matrix_instance(60, 70, 1), cloud_instance("sqeuclidean", 60, 50, 2, 2), grid_instance("l1", {8, 7}, 3)}) {
      p.dtype = dtype;
      p.spec.eps = 0.01;
      all.push_back(p);
      p.spec = spec_of(0.01, 0.5, 0.3);
      all.push_back(p);
    }
  return all;
}

}  // namespace

TEST_CASE("a warm start from the solution takes at most 3 passes, and 2 for the certificate") {
  for (const Instance& p : cases())
    for (const std::string& method : names_of("transport_method")) {
      if (!solves(method, p)) continue;
      CAPTURE(p.name());
      CAPTURE(method);
      Solver cold(p, method);
      cold.solve();
      Solver warm(p, method);
      warm.warm_start(cold.phi(), cold.psi());
      const fen_transport_result r = warm.solve();
      CHECK(r.termination == FEN_CONVERGED);
      CHECK(r.passes <= 5);
      CHECK(r.newton_steps == 0);
      // Forgetting it makes the solver cold again.
      fen_error err = fresh_error();
      check(fen_solver_warm_start(warm.handle(), nullptr, nullptr, &err), err);
      warm.solve();
      CHECK(warm.phi() == cold.phi());
    }
}

TEST_CASE("a warm start from one potential finds the other") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    Solver cold(p);
    const fen_transport_result first = cold.solve();
    Solver warm(p);
    const Array psi(p.dtype, {p.m}, cold.psi());
    fen_error err = fresh_error();
    check(fen_solver_warm_start(warm.handle(), nullptr, psi.view(), &err), err);
    const fen_transport_result r = warm.solve();
    CHECK(r.termination == FEN_CONVERGED);
    CHECK(r.passes <= 6);
    CHECK(r.passes < first.passes);
  }
}

TEST_CASE("a warm start from a near problem is cheaper than a cold one") {
  Instance p = cloud_instance("sqeuclidean", 150, 150, 2, 4);
  p.spec.eps = 1e-3;
  Solver first(p);
  first.solve();
  Random random(2);
  p.x = plus(p.x, 1e-4, random.vector(p.n * p.d, -1, 1));
  Solver cold(p), warm(p);
  const int64_t cold_passes = cold.solve().passes;
  warm.warm_start(first.phi(), first.psi());
  const fen_transport_result r = warm.solve();
  CHECK(r.termination == FEN_CONVERGED);
  CHECK(2 * r.passes <= cold_passes);
}

TEST_CASE("cancelling after iteration k returns what an iteration limit of k returns") {
  for (const Instance& p : cases())
    for (const std::string& method : names_of("transport_method")) {
      if (!solves(method, p)) continue;
      for (const int64_t k : {1, 2, 5}) {
        fen_sinkhorn_options options = options_of();
        options.monitor_interval = 0;
        Watch watch{k, {}};
        Solver cancelled(p, method, options);
        REQUIRE(fen_solver_set_monitor(cancelled.handle(), Watch::call, &watch) == FEN_OK);
        const fen_transport_result r = cancelled.solve();
        if (r.termination == FEN_CONVERGED) continue;  // faster than k
        CAPTURE(p.name());
        CAPTURE(method);
        CAPTURE(k);
        CHECK(r.termination == FEN_CANCELLED);
        options.max_iter = watch.seen.back().iteration;
        Solver limited(p, method, options);
        const fen_transport_result s = limited.solve();
        CHECK(s.termination == FEN_MAX_ITER);
        CHECK(r.iterations == s.iterations);
        CHECK(cancelled.phi() == limited.phi());
        CHECK(cancelled.psi() == limited.psi());
        for (const double value : cancelled.phi()) CHECK(std::isfinite(value));
      }
    }
}

TEST_CASE("a stopped solve returns its best iterate, and says how good it is") {
  for (const Instance& p : cases())
    for (const std::string& method : names_of("transport_method")) {
      if (!solves(method, p)) continue;
      CAPTURE(p.name());
      CAPTURE(method);
      fen_sinkhorn_options options = options_of();
      options.monitor_interval = 0;
      options.max_iter = 12;
      Watch watch{1 << 20, {}};
      Solver solver(p, method, options);
      REQUIRE(fen_solver_set_monitor(solver.handle(), Watch::call, &watch) == FEN_OK);
      const fen_transport_result r = solver.solve();
      REQUIRE_FALSE(watch.seen.empty());
      double best = kInfinity;
      for (const fen_progress& progress : watch.seen)
        if (progress.eps == p.spec.eps && progress.residual < best) best = progress.residual;
      const double returned = std::fmax(r.error_a, r.error_b);
      if (best < kInfinity) CHECK(returned <= best * 1.01 + (p.dtype == FEN_F32 ? 1e-6 : 1e-12));
      if (p.kind == Kind::grid) continue;
      const Vector plan = solver.plan();
      if (p.balanced()) {
        const double row_error = l1_distance(marginal(plan, p.n, p.m, true), p.a);
        CHECK(std::fabs(row_error - r.error_a) <= (p.dtype == FEN_F32 ? 1e-4 : 1e-11));
      }
    }
}

TEST_CASE("the monitor sees iterations count up, to the method's own count") {
  for (const Instance& p : cases())
    for (const std::string& method : names_of("transport_method")) {
      if (!solves(method, p)) continue;
      CAPTURE(p.name());
      CAPTURE(method);
      fen_sinkhorn_options options = options_of();
      options.monitor_interval = 0;
      Watch watch{1 << 20, {}};
      Solver solver(p, method, options);
      REQUIRE(fen_solver_set_monitor(solver.handle(), Watch::call, &watch) == FEN_OK);
      const fen_transport_result r = solver.solve();
      REQUIRE_FALSE(watch.seen.empty());
      for (std::size_t k = 1; k < watch.seen.size(); ++k) {
        CHECK(watch.seen[k].iteration >= watch.seen[k - 1].iteration);
        CHECK(watch.seen[k].passes >= watch.seen[k - 1].passes);
        CHECK(watch.seen[k].eps <= watch.seen[k - 1].eps);
      }
      CHECK(watch.seen.back().iteration == r.iterations);
      CHECK(watch.seen.back().tol == r.tol);
    }
}

TEST_CASE("a time limit ends a solve") {
  Instance p = cloud_instance("sqeuclidean", 1500, 1500, 2, 4);
  p.spec.eps = 1e-5;
  fen_sinkhorn_options options = options_of(1e-13);
  options.time_limit = 0.02;
  Solver solver(p, "sinkhorn", options);
  const fen_transport_result r = solver.solve();
  CHECK(r.termination == FEN_TIME_LIMIT);
  CHECK(std::isfinite(r.error_a));
}
