// peer_table_test.cpp -- the problems of ProximalAlgorithms.jl's tests (test/problems) with its data, its tolerances
// and its limits on iterations as budgets, in both precisions. Its tolerance bounds the largest entry of residual /
// step; ours bounds the 2-norm, which is no smaller. Methods that only it has (ZeroFPR, PANOC, their quasi-Newton
// directions) have no row; its DouglasRachford and DRLS, which know the prox of f, are measured by admm.
#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

struct Row {
  MinimizeMethod method;
  StepRule rule;
  Momentum momentum;
  index iterations;
  double regrowth = 1.01;  // its `regret`; 1: steps only shrink
};

MinimizeSettings settings_of(const Row& row, double tol) {
  MinimizeSettings settings;
  settings.step_rule = static_cast<std::int32_t>(row.rule);
  settings.momentum = static_cast<std::int32_t>(row.momentum);
  settings.tol = tol;
  settings.max_iter = row.iterations;
  settings.regrowth = row.regrowth;
  return settings;
}

// Within the limit, at its absolute tolerance, to `error` in every entry.
void holds(const std::shared_ptr<const CompositeProblem>& p, const Row& row, double tol, const Vector& answer,
           double error, Vector start = {}, double modulus = 0) {
  CAPTURE(static_cast<int>(row.method));
  CAPTURE(static_cast<int>(row.rule));
  CAPTURE(static_cast<int>(row.momentum));
  MinimizeSettings settings = settings_of(row, 1);
  settings.strong_convexity = modulus;
  auto scout = make_proximal(p, row.method, settings);
  if (!start.empty()) scout->warm_start(view_of(start));
  const double scale = scout->solve(nullptr, nullptr, nullptr).scale;
  settings.tol = tol / scale;
  auto solver = make_proximal(p, row.method, settings);
  if (!start.empty()) solver->warm_start(view_of(start));
  const MinimizeResult& r = solver->solve(nullptr, nullptr, nullptr);
  Vector x(at(p->size()));
  solver->solution(view_of(x));
  MESSAGE("method ", static_cast<int>(row.method), " rule ", static_cast<int>(row.rule), " momentum ",
          static_cast<int>(row.momentum), ": ", r.iterations, " of ", row.iterations);
  CHECK(static_cast<Termination>(r.termination) == Termination::CONVERGED);
  CHECK(r.iterations < row.iterations);
  CHECK(distance(x, answer) <= error);
}

using enum StepRule;
constexpr auto kPlain = Momentum::none, kOwn = Momentum::automatic;

TEST_CASE("peer table: test_lasso_small, split by rows and by columns") {
  const TinyLasso tiny;
  const auto l1 = ProxCase("l1").real("lam", 2.9).make();
  const auto halves = ProxCase("separable_sum")
                          .term("term", ProxCase("l1").real("lam", 2.9))
                          .term("term", ProxCase("l1").real("lam", 2.9));
  for (Dtype dtype : {Dtype::f64, Dtype::f32})
    for (int form = 0; form < 2; ++form) {
      CAPTURE(static_cast<int>(dtype));
      CAPTURE(form);
      auto columns = halves;
      const auto g = form == 0 ? l1 : columns.indices("sizes", {3, 2}).make();
      const auto p = problem(dtype, 5, tiny.f(), {{g, nullptr}});
      for (const Row& row : {Row{method_ista, fixed, kPlain, 150}, Row{method_ista, backtracking, kPlain, 300},
                             Row{method_fista, fixed, kOwn, 100}, Row{method_fista, backtracking, kOwn, 200},
                             Row{method_adaptive, automatic, kOwn, 150}, Row{method_nmapg, automatic, kOwn, 200},
                             Row{method_admm, automatic, kOwn, 30}, Row{method_davis_yin, automatic, kOwn, 150}})
        holds(p, row, 1e-4, tiny.answer, 1e-4);
    }
}

TEST_CASE("peer table: test_lasso_high_accuracy") {
  const TinyLasso tiny;
  constexpr double tol = 2.2e-14;
  for (const Row& row : {Row{method_ista, fixed, kPlain, 450}, Row{method_ista, backtracking, kPlain, 785, 1.0},
                         Row{method_fista, fixed, kOwn, 610}, Row{method_fista, backtracking, kOwn, 1055, 1.0},
                         Row{method_adaptive, automatic, kOwn, 450}})
    holds(tiny.lasso(), row, tol, tiny.answer, tol);
}

// A = Q diag(d) Q', Q from the columns of B by Gram-Schmidt.
struct StronglyConvex {
  static constexpr index n = 5;
  Vector A = Vector(25), b = Vector(5), start = Vector(5);
  Vector answer{0.8466800540711814, 0.17674262101590932, -0.4987234606672925, 0.5531315167924573, -0.14739365562631113};
  double lam = 5.5;
  StronglyConvex() {
    const Vector w{0.15823052457732423, 0.6874613398393697, 0.9357764685973888, 0.05863707298785681,
                   0.49087050154723844};
    Vector Q{0.6997086717991196, 0.37124544422925876, 0.31840520080247225, 0.20097960566711592, 0.038329117953706526,
             0.1134636504826555, 0.8273912343075426,  0.8997522727456534,  0.9821118072706589,  0.9100659142463259,
             0.9701886480567284, 0.42825250593295605, 0.6952640061565183,  0.9699979632534245,  0.6106722979088736,
             0.4442755181780246, 0.4641748710746476,  0.9716060376558348,  0.5951146731055232,  0.5699044913634803,
             0.6681510415197733, 0.35423403325449887, 0.28461925562068024, 0.15941152427241456, 0.6499046326711716};
    Vector d(5);
    for (std::size_t k = 0; k < 5; ++k) d[k] = 1 + (std::sqrt(10.0) - 1) * w[k];
    d[0] = 1;
    d[4] = std::sqrt(10.0);
    for (int round = 0; round < 2; ++round)
      for (std::size_t k = 0; k < 5; ++k) {
        for (std::size_t l = 0; l < k; ++l) {
          double sum = 0;
          for (std::size_t i = 0; i < 5; ++i) sum += Q[5 * i + k] * Q[5 * i + l];
          for (std::size_t i = 0; i < 5; ++i) Q[5 * i + k] -= sum * Q[5 * i + l];
        }
        double sum = 0;
        for (std::size_t i = 0; i < 5; ++i) sum += Q[5 * i + k] * Q[5 * i + k];
        for (std::size_t i = 0; i < 5; ++i) Q[5 * i + k] /= std::sqrt(sum);
      }
    // b = A x + lam A^{-1} sign(x); start = A^{-1} b.
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < 5; ++j)
        for (std::size_t k = 0; k < 5; ++k) {
          A[5 * i + j] += Q[5 * i + k] * d[k] * Q[5 * j + k];
          b[i] += Q[5 * i + k] * Q[5 * j + k] * (d[k] * answer[j] + lam / d[k] * (answer[j] > 0 ? 1 : -1));
        }
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < 5; ++j)
        for (std::size_t k = 0; k < 5; ++k) start[i] += Q[5 * i + k] * Q[5 * j + k] / d[k] * b[j];
  }
};

TEST_CASE("peer table: test_lasso_small_strongly_convex") {
  const StronglyConvex s;
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    CAPTURE(static_cast<int>(dtype));
    const auto p = problem(dtype, 5, std::make_shared<Squares>(5, 5, s.A, s.b, 10.0),
                           {{ProxCase("l1").real("lam", s.lam).make(), nullptr}});
    for (const Row& row :
         {Row{method_ista, fixed, kPlain, 110}, Row{method_ista, backtracking, kPlain, 80},
          Row{method_fista, fixed, Momentum::strongly_convex, 35}, Row{method_fista, backtracking, kOwn, 100},
          Row{method_fista, backtracking, Momentum::strongly_convex, 40}, Row{method_adaptive, automatic, kOwn, 80},
          Row{method_admm, automatic, kOwn, 14}})
      holds(p, row, 1e-4, s.answer, 1e-4, s.start, 1);
  }
}

TEST_CASE("peer table: test_elasticnet, three terms and a loss behind an operator") {
  // Its data come from Julia's generator: ours are of the same sizes and kind.
  constexpr index m = 50, n = 200;
  Vector A = noise(m * n, 31), b = noise(m, 32);
  double L = 0;
  for (double a : A) L += a * a;
  const auto loss = std::make_shared<Squares>(m, n, A, b, 0.25 * L);  // |A|^2 is a tenth of it
  const auto l1 = ProxCase("l1").make(), l2 = ProxCase("squared_l2").make();
  MinimizeSettings exact;
  exact.tol = 1e-12;
  exact.max_iter = 20000;
  const Vector answer =
      solve(problem(Dtype::f64, n, loss, {{ProxCase("elastic_net").real("l1", 1).real("l2", 1).make(), nullptr}}),
            method_fista, exact)
          .x;
  const auto shifted = ProxCase("translated").term("term", ProxCase("squared_l2")).array("shift", b).make();
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    CAPTURE(static_cast<int>(dtype));
    const auto three = problem(dtype, n, loss, {{l1, nullptr}, {l2, nullptr}});
    holds(three, {method_davis_yin, automatic, kOwn, 1900}, 1e-4, answer, 1e-3);
    holds(three, {method_davis_yin, automatic, kOwn, 2600}, 1e-4, answer, 1e-3, noise(n, 33));
    const auto behind = problem(dtype, n, std::make_shared<DiagonalQuadratic>(Vector(at(n), 1.0), Vector(at(n))),
                                {{l1, nullptr}, {shifted, matrix(m, n, A)}});
    holds(behind, {method_condat_vu, automatic, kOwn, 500}, 1e-4, answer, 1e-4, noise(n, 34));
    holds(behind, {method_admm, automatic, kOwn, 230}, 1e-4, answer, 1e-4, noise(n, 34));
  }
}

TEST_CASE("peer table: test_nonconvex_qp small: stationary, never optimal") {
  constexpr index n = 100;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    // Q = U diag(e) U', U of two reflections, e in [-1, 1].
    Vector e = noise(n, 10 * seed), u = noise(n, 10 * seed + 1), v = noise(n, 10 * seed + 2),
           q = noise(n, 10 * seed + 3);
    const auto reflect = [](const Vector& axis, Vector& x) {
      double xx = 0, ax = 0;
      for (std::size_t j = 0; j < x.size(); ++j) {
        xx += axis[j] * axis[j];
        ax += axis[j] * x[j];
      }
      for (std::size_t j = 0; j < x.size(); ++j) x[j] -= 2 * ax / xx * axis[j];
    };
    const auto f = std::make_shared<Oracle>(n, SMOOTH_LIPSCHITZ, 1.0, [&](const double* x, double* g) {
      Vector y(x, x + n);
      reflect(v, y);
      reflect(u, y);
      for (std::size_t j = 0; j < y.size(); ++j) y[j] *= e[j];
      reflect(u, y);
      reflect(v, y);
      double sum = 0;
      for (std::size_t j = 0; j < y.size(); ++j) {
        sum += x[j] * (0.5 * y[j] + q[j]);
        if (g != nullptr) g[j] = y[j] + q[j];
      }
      return sum;
    });
    const auto p = problem(Dtype::f64, n, f, {{ProxCase("box").real("lower", -1).real("upper", 1).make(), nullptr}});
    for (MinimizeMethod method : {method_nmapg, method_ista, method_fista, method_adaptive}) {
      CAPTURE(static_cast<int>(method));
      MinimizeSettings settings;
      settings.tol = 1e-6;
      settings.max_iter = 1000;
      const Outcome out = solve(p, method, settings);
      CHECK(out.end() == Termination::CONVERGED);
      CHECK(out.certificate() == Certificate::STATIONARITY);
      CHECK(out.result.gap == kInf);
      Vector g(at(n));
      f->gradient(out.x.data(), g.data(), Scratch(nullptr, 0));
      double most = 0;
      for (index j = 0; j < n; ++j) {
        const double z = std::fmin(1.0, std::fmax(-1.0, out.x[at(j)] - 0.95 * g[at(j)]));
        most = std::fmax(most, std::fabs(out.x[at(j)] - z) / 0.95);
      }
      CHECK(most <= 1e-4);
    }
  }
}

TEST_CASE("peer table: test_equivalence: fista without momentum is ista") {
  const TinyLasso tiny;
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    MinimizeSettings settings = settings_of({method_ista, fixed, kPlain, 10}, 1e-300);
    settings.step = 0.95 / tiny.top();
    settings.trace = 10;
    const Outcome a = solve(tiny.lasso(dtype), method_ista, settings);
    const Outcome b = solve(tiny.lasso(dtype), method_fista, settings);
    REQUIRE(a.trace.size() == 10 * kTraceColumns);
    for (std::size_t k = 0; k < 10; ++k) CHECK(a.trace[k * kTraceColumns + 2] == b.trace[k * kTraceColumns + 2]);
    CHECK(distance(a.x, b.x) == 0);
  }
}

// The data of test_linear_programs.jl: m 8, n 10, five active constraints (a degenerate vertex).
struct PeerProgram {
  static constexpr index m = 8, n = 10;
  Vector x{0.03606099647643202,
           0.6641306619990367,
           0.14689326835593086,
           0.8616058527226432,
           0.6518888386753204,
           0,
           0,
           0,
           0,
           0};
  Vector slack{0,
               0,
               0,
               0,
               0,
               0.7652088547602296,
               0.5474850582278736,
               0.6291635905927829,
               0.5505791259743739,
               0.2787959059899776};
  Vector y{-0.18584225497010673,  1.0289179383971105,  -0.5464276767930338, 0.6916826379378143,
           0.0052105118567898154, -1.3874339670318891, 2.6448648322602337,  0.4436510755789434};
  Vector A{
      0.9670566934980286,   0.3533472582831891,   -0.2819205403663176,  -0.3071751292615649,  -0.008197151577028876,
      1.9968628487924958,   -1.3978028828102382,  -0.10109443461339453, 0.3540170332321368,   -0.5983697948494805,
      -0.08643002247762153, 1.0822796020885652,   -0.8133412010128359,  0.5073579509595517,   -0.2793798574957181,
      -0.3437059320143032,  -0.10596751644319548, 0.8296541102523696,   -0.28406001552384064, 0.33566140783820164,
      -0.6474810505335304,  1.2524424221527595,   0.7261766049639965,   0.6930548839308885,   0.9064585656428545,
      0.5197152355759463,   1.3746077918877961,   1.5289983684262054,   0.9258506062644877,   -1.3774011601531342,
      0.8725430405646543,   1.1911309824177332,   -0.7221185305116811,  0.44324697589700257,  -0.15551892138880116,
      -0.5167033349322372,  -1.4774045165687548,  -0.8670756465083638,  -1.4024841888738206,  0.296570674868075,
      0.5252662593900623,   -0.6817132148621747,  0.37446015899900237,  0.4180282147408251,   -0.8405436435394317,
      -1.742941478155391,   -0.06419427972299957, 0.43910205564784205,  1.0643883425210827,   2.3063869854427335,
      -0.7148913270640012,  -0.769028546306448,   -1.059257097999333,   -0.6795170119545777,  -0.0498976886779524,
      -1.2392107698826862,  -0.4415384005606088,  -1.058758868936871,   -0.108504245219676,   -0.5576550366602419,
      -1.208388774142618,   -0.15206129387542855, 2.311520055340236,    0.8043266793420988,   -0.5692874893454578,
      1.1246423711381501,   0.5335942753441769,   2.6595405998250876,   0.09162292399585106,  0.3749905036072034,
      -0.2300660921924555,  -0.7014271654627467,  -0.20170532145095504, -0.02503019691724233, -2.2191605023268512,
      0.9110653907470295,   1.8238644805628141,   -1.1908921287611471,  0.12168786553115268,  0.17399181994853638};
  Vector b = Vector(8), c = Vector(10);
  PeerProgram() {
    for (std::size_t j = 0; j < 10; ++j) {
      c[j] = slack[j];
      for (std::size_t i = 0; i < 8; ++i) {
        b[i] += A[10 * i + j] * x[j];
        c[j] += A[10 * i + j] * y[i];
      }
    }
  }
  // |A x - b|, max(0, -x), max(0, -(c + A'u)), |<c + A'u, x>| of the multipliers u: the largest.
  double misses(const Vector& at_x, const Vector& u) const {
    double most = 0, norm = 0, slackness = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      double row = -b[i];
      for (std::size_t j = 0; j < 10; ++j) row += A[10 * i + j] * at_x[j];
      norm += row * row;
    }
    for (std::size_t j = 0; j < 10; ++j) {
      double s = c[j];
      for (std::size_t i = 0; i < 8; ++i) s += A[10 * i + j] * u[i];
      most = std::fmax(most, std::fmax(-at_x[j], -s));
      slackness += s * at_x[j];
    }
    return std::fmax(most, std::fmax(std::sqrt(norm), std::fabs(slackness)));
  }
};

TEST_CASE("peer table: test_linear_programs") {
  const PeerProgram lp;
  const auto cost = std::make_shared<DiagonalQuadratic>(Vector(10), lp.c);
  const auto cone = ProxCase("nonneg").make();
  const auto point = ProxCase("box").array("lowers", lp.b).array("uppers", lp.b).make();
  const auto linear = ProxCase("linear").array("c", lp.c).make();
  const auto affine = ProxCase("affine").matrix("matrix", 8, 10, lp.A).array("b", lp.b).make();
  const auto A = matrix(8, 10, lp.A);
  Vector eye(100);
  for (std::size_t j = 0; j < 10; ++j) eye[11 * j] = 1;
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    const double tol = 100 * (dtype == Dtype::f64 ? 0x1p-52 : 0x1p-23);
    MinimizeSettings settings;
    settings.tol = tol;
    settings.max_iter = 100000;
    for (MinimizeMethod method : {method_condat_vu, method_pdhg, method_admm, method_davis_yin}) {
      CAPTURE(static_cast<int>(dtype));
      CAPTURE(static_cast<int>(method));
      const auto p = method == method_pdhg
                         ? problem(dtype, 10, nullptr, {{linear, nullptr}, {point, A}, {cone, matrix(10, 10, eye)}})
                     : method == method_davis_yin ? problem(dtype, 10, cost, {{cone, nullptr}, {affine, nullptr}})
                                                  : problem(dtype, 10, cost, {{cone, nullptr}, {point, A}});
      auto solver = make_proximal(p, method, settings);
      const MinimizeResult& r = solver->solve(nullptr, nullptr, nullptr);
      Vector x(10), u(8);
      solver->solution(view_of(x));
      if (method != method_davis_yin) solver->dual(1, view_of(u));
      const double misses = method == method_davis_yin ? distance(x, lp.x) : lp.misses(x, u);
      MESSAGE("LP 8x10 method ", static_cast<int>(method), ": ", r.iterations, " residual ", r.residual, " misses ",
              misses);
      CHECK(r.iterations < 100000);
      CHECK(misses <= 1000 * tol);
    }
  }
}

}  // namespace
}  // namespace fenchel
