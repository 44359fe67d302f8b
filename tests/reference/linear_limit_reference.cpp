// Small eps against the unregularised optimum, found by enumeration or sorting; bounds that hold at any eps.
//
// With W the optimum of the linear programme:  W - eps mass log(.) <= ... is avoided; what is used is
//   W <= <C, P>  for feasible P,   <C, P_eps> - W <= eps (KL(P_W | a b^T) - KL(P_eps | a b^T)) <= eps H,  H = min of
//   the entropies of a, b.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "law_problem.hpp"

namespace {

using namespace law;

double cost_at(const Instance& p, int64_t i, int64_t j) { return p.cost_matrix[static_cast<std::size_t>(i * p.m + j)]; }

Instance assignment(int64_t n, uint64_t seed) {
  Instance p = matrix_instance(n, n, seed);
  p.a.assign(static_cast<std::size_t>(n), 1.0 / static_cast<double>(n));
  p.b = p.a;
  return p;
}

// The best assignment of n x n by trying all.
double best_assignment(const Instance& p, std::vector<int64_t>& best) {
  std::vector<int64_t> order(static_cast<std::size_t>(p.n));
  std::iota(order.begin(), order.end(), 0);
  double least = kInfinity;
  do {
    double total = 0;
    for (int64_t i = 0; i < p.n; ++i) total += cost_at(p, i, order[static_cast<std::size_t>(i)]);
    if (total < least) {
      least = total;
      best = order;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return least;
}

double entropy(const Vector& weight) {
  double h = 0;
  for (const double w : weight) h -= w > 0 ? w * std::log(w) : 0;
  return h;
}

// Altschuler, Weed, Rigollet (2017), algorithm 2: a plan with exactly these marginals.
Vector rounded(Vector plan, const Instance& p) {
  const Vector rows = marginal(plan, p.n, p.m, true);
  for (int64_t i = 0; i < p.n; ++i)
    for (int64_t j = 0; j < p.m; ++j) {
      const std::size_t r = static_cast<std::size_t>(i);
      plan[static_cast<std::size_t>(i * p.m + j)] *= rows[r] > 0 ? std::fmin(1, p.a[r] / rows[r]) : 1;
    }
  const Vector cols = marginal(plan, p.n, p.m, false);
  for (int64_t i = 0; i < p.n; ++i)
    for (int64_t j = 0; j < p.m; ++j) {
      const std::size_t c = static_cast<std::size_t>(j);
      plan[static_cast<std::size_t>(i * p.m + j)] *= cols[c] > 0 ? std::fmin(1, p.b[c] / cols[c]) : 1;
    }
  const Vector u = plus(p.a, -1, marginal(plan, p.n, p.m, true)), v = plus(p.b, -1, marginal(plan, p.n, p.m, false));
  const double missing = sum(u);
  for (int64_t i = 0; i < p.n && missing > 0; ++i)
    for (int64_t j = 0; j < p.m; ++j)
      plan[static_cast<std::size_t>(i * p.m + j)] +=
          u[static_cast<std::size_t>(i)] * v[static_cast<std::size_t>(j)] / missing;
  return plan;
}

}  // namespace

TEST_CASE(
    "assignments up to 8 x 8: cost within the entropy bound of the optimum, and the optimum itself at small eps") {
  for (int64_t n = 2; n <= 8; ++n)
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      Instance p = assignment(n, 100 * seed + static_cast<uint64_t>(n));
      std::vector<int64_t> best;
      const double least = best_assignment(p, best) / static_cast<double>(n);
      for (const double eps : {0.1, 0.01, 0.001, 0.0001}) {
        CAPTURE(n);
        CAPTURE(seed);
        CAPTURE(eps);
        p.spec.eps = eps;
        Solver solver(p);
        const fen_transport_result r = solver.solve();
        CHECK(r.termination == FEN_CONVERGED);
        CHECK(r.cost >= least - 2e-9);
        CHECK(r.cost <= least + eps * entropy(p.a) + 2e-9);
        CHECK(r.dual >= least - 1e-9);  // the regulariser is not negative
        CHECK(r.dual <= least + eps * entropy(p.a) + 1e-9);
        if (eps > 0.0001) continue;
        const Vector plan = solver.plan();
        for (int64_t i = 0; i < n; ++i)
          CHECK(plan[static_cast<std::size_t>(i * n + best[static_cast<std::size_t>(i)])] >=
                0.9 / static_cast<double>(n));
      }
    }
}

TEST_CASE("weights that are multiples of 1/8: the optimum of the expanded assignment") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    Instance p = matrix_instance(4, 3, seed);
    const int64_t rows[8] = {0, 0, 0, 1, 2, 2, 3, 3}, cols[8] = {0, 1, 1, 1, 1, 2, 2, 2};
    p.a = {0.375, 0.125, 0.25, 0.25};
    p.b = {0.125, 0.5, 0.375};
    Instance expanded = assignment(8, seed);
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t j = 0; j < 8; ++j) expanded.cost_matrix[i * 8 + j] = cost_at(p, rows[i], cols[j]);
    std::vector<int64_t> best;
    const double least = best_assignment(expanded, best) / 8;
    for (const double eps : {0.01, 0.001}) {
      p.spec.eps = eps;
      Solver solver(p);
      const fen_transport_result r = solver.solve();
      CAPTURE(seed);
      CHECK(r.termination == FEN_CONVERGED);
      CHECK(r.cost >= least - 2e-9);
      CHECK(r.cost <= least + eps * std::fmin(entropy(p.a), entropy(p.b)) + 2e-9);
    }
  }
}

TEST_CASE("a planted permutation with a gap is found to machine precision, by every method") {
  const int64_t n = 40;
  Instance p = assignment(n, 9);
  double planted = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double& c = p.cost_matrix[static_cast<std::size_t>(i * n + j)];
      if (j == (7 * i + 3) % n)
        planted += c *= 0.5;
      else
        c += 5.5;
    }
  p.spec.eps = 0.05;
  for (const std::string& method : names_of("transport_method")) {
    CAPTURE(method);
    Solver solver(p, method);
    const fen_transport_result r = solver.solve();
    CHECK(r.termination == FEN_CONVERGED);
    CHECK(r.cost == doctest::Approx(planted / static_cast<double>(n)).epsilon(1e-12));
    const Vector plan = solver.plan();
    for (int64_t i = 0; i < n; ++i)
      CHECK(plan[static_cast<std::size_t>(i * n + (7 * i + 3) % n)] ==
            doctest::Approx(1.0 / static_cast<double>(n)).epsilon(1e-12));
  }
}

TEST_CASE("on the line, convex costs are transported in order") {
  for (const char* cost : {"sqeuclidean", "l1", "euclidean"}) {
    Instance p = cloud_instance(cost, 50, 50, 1, 6);
    p.a.assign(50, 0.02);
    p.b.assign(50, 0.02);
    Vector x = p.x, y = p.y;
    std::sort(x.begin(), x.end());
    std::sort(y.begin(), y.end());
    double optimum = 0;
    for (std::size_t i = 0; i < 50; ++i)
      optimum += 0.02 * (p.cost == "sqeuclidean" ? (x[i] - y[i]) * (x[i] - y[i]) : std::fabs(x[i] - y[i]));
    for (const double eps : {1e-2, 1e-3, 1e-4}) {
      CAPTURE(cost);
      CAPTURE(eps);
      p.spec.eps = eps;
      Solver solver(p);
      const fen_transport_result r = solver.solve();
      CHECK(r.termination == FEN_CONVERGED);
      CHECK(r.cost >= optimum - 2e-9);
      CHECK(r.cost <= optimum + eps * std::log(50.0) + 2e-9);
    }
  }
}

TEST_CASE("weak duality: whatever a stopped solve returns, dual <= optimum <= primal") {
  for (const double eps : {0.1, 0.01, 0.002}) {
    for (const int32_t reg_type : {FEN_REG_KL, FEN_REG_ENTROPY})
      for (const double rho : {kInfinity, 0.3}) {
        Instance p = matrix_instance(45, 38, 3);
        p.spec = spec_of(eps, rho, rho, reg_type);
        Solver exact(p, "auto", options_of(1e-12));
        const double optimum = exact.solve().dual;
        for (const std::string& method : names_of("transport_method"))
          for (const int64_t limit : {1, 2, 4, 8, 16}) {
            CAPTURE(p.name());
            CAPTURE(method);
            CAPTURE(limit);
            fen_sinkhorn_options options = options_of(1e-14);
            options.max_iter = limit;
            Solver solver(p, method, options);
            const fen_transport_result r = solver.solve();
            CHECK(r.dual <= optimum + 1e-12 * (1 + std::fabs(optimum)));
            CHECK(r.primal >= optimum - 1e-12 * (1 + std::fabs(optimum)));
          }
      }
  }
}

TEST_CASE("rounding a stopped plan gives a feasible one that costs at most 2 max C times the error more") {
  Instance p = matrix_instance(45, 38, 4);
  p.spec.eps = 0.01;
  for (const int64_t limit : {1, 3, 10, 30}) {
    CAPTURE(limit);
    fen_sinkhorn_options options = options_of(1e-14);
    options.max_iter = limit;
    Solver solver(p, "sinkhorn", options);
    const fen_transport_result r = solver.solve();
    const Vector plan = rounded(solver.plan(), p);
    CHECK(l1_distance(marginal(plan, p.n, p.m, true), p.a) <= 1e-14);
    CHECK(l1_distance(marginal(plan, p.n, p.m, false), p.b) <= 1e-14);
    const double most = *std::max_element(p.cost_matrix.begin(), p.cost_matrix.end());
    CHECK(dot(plan, p.cost_matrix) <= r.cost + 2 * most * (r.error_a + r.error_b) + 1e-14);
    // The primal value reported is that of this very plan.
    double value = dot(plan, p.cost_matrix);
    for (int64_t i = 0; i < p.n; ++i)
      for (int64_t j = 0; j < p.m; ++j) {
        const double product = p.a[static_cast<std::size_t>(i)] * p.b[static_cast<std::size_t>(j)];
        const double share = plan[static_cast<std::size_t>(i * p.m + j)];
        value += p.spec.eps * (share > 0 ? share * std::log(share / product) : 0);
      }
    CHECK(std::fabs(r.primal - value) <= 1e-12);
  }
}
