// splitting_test.cpp -- davis_yin, douglas_rachford, admm, pdhg, condat_vu: known answers, linear programs, gaps,
// budgets.
#include <algorithm>

#include "proximal/proximal_case.hpp"

namespace fenchel {
namespace {

using namespace proximal_test;
using enum MinimizeMethod;

std::shared_ptr<const Prox> point(const Vector& b) {
  return ProxCase("box").array("lowers", b).array("uppers", b).make();
}

// minimise c'x, A x = b, x >= 0, made from its solution: ProximalAlgorithms.jl test_linear_programs.jl.
struct LinearProgram {
  static constexpr index m = 10, n = 30;
  Vector A, b, c, x, y;
  LinearProgram() : A(noise(m * n, 21)), b(at(m)), c(at(n)), x(at(n)), y(noise(m, 22)) {
    const Vector u = noise(n, 23);
    for (index j = 0; j < n; ++j) {
      const bool basic = j < m;
      x[at(j)] = basic ? 1 + u[at(j)] * u[at(j)] : 0;
      c[at(j)] = basic ? 0 : 0.5 + u[at(j)] * u[at(j)];
      for (index i = 0; i < m; ++i) {
        c[at(j)] -= A[at(i * n + j)] * y[at(i)];
        b[at(i)] += A[at(i * n + j)] * x[at(j)];
      }
    }
  }
  double value() const {
    double sum = 0;
    for (index j = 0; j < n; ++j) sum += c[at(j)] * x[at(j)];
    return sum;
  }
  std::shared_ptr<const Smooth> cost() const { return std::make_shared<DiagonalQuadratic>(Vector(at(n)), c); }
};

// The indicator of A x = b, by a dense solve with A A^T.
class AffineSet final : public ProxOf<AffineSet> {
 public:
  AffineSet(index m, index n, Vector A, Vector b) : m_(m), n_(n), A_(std::move(A)), b_(std::move(b)) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR; }
  index size() const override { return n_; }
  index scratch_bytes(index) const override { return scratch_for<double>(m_ * (m_ + 1)); }
  template <class T>
  double prox_of(index, const T* v, Step<T>, T* out, Scratch scratch) const {
    double* M = scratch.take<double>(m_ * (m_ + 1));
    const index w = m_ + 1;
    for (index i = 0; i < m_; ++i) {
      M[i * w + m_] = -b_[at(i)];
      for (index j = 0; j < n_; ++j) M[i * w + m_] += A_[at(i * n_ + j)] * static_cast<double>(v[j]);
      for (index k = 0; k < m_; ++k) {
        M[i * w + k] = 0;
        for (index j = 0; j < n_; ++j) M[i * w + k] += A_[at(i * n_ + j)] * A_[at(k * n_ + j)];
      }
    }
    for (index p = 0; p < m_; ++p)
      for (index i = 0; i < m_; ++i) {
        if (i == p) continue;
        const double factor = M[i * w + p] / M[p * w + p];
        for (index k = p; k <= m_; ++k) M[i * w + k] -= factor * M[p * w + k];
      }
    for (index j = 0; j < n_; ++j) {
      double x = static_cast<double>(v[j]);
      for (index i = 0; i < m_; ++i) x -= A_[at(i * n_ + j)] * M[i * w + m_] / M[i * w + i];
      out[j] = static_cast<T>(x);
    }
    return 0;
  }
  template <class T>
  double value_of(index, const T* x, Scratch) const {
    for (index i = 0; i < m_; ++i) {
      double r = -b_[at(i)];
      for (index j = 0; j < n_; ++j) r += A_[at(i * n_ + j)] * static_cast<double>(x[j]);
      if (std::fabs(r) > 1e-8) return kInf;
    }
    return 0;
  }

 private:
  index m_, n_;
  Vector A_, b_;
};

TEST_CASE("splitting: linear programs made from their solution") {
  const LinearProgram lp;
  const auto nonneg = ProxCase("nonneg").make();
  const auto p = problem(Dtype::f64, LinearProgram::n, lp.cost(),
                         {{nonneg, nullptr}, {point(lp.b), matrix(LinearProgram::m, LinearProgram::n, lp.A)}});
  for (MinimizeMethod method : {method_condat_vu, method_admm}) {
    MinimizeSettings settings;
    settings.tol = 1e-9;
    settings.max_iter = method == method_admm ? 6000 : 2300;
    const Outcome out = solve(p, method, settings);
    CAPTURE(static_cast<int>(method));
    MESSAGE("LP ", out.result.iterations, " iterations, ", out.result.restarts, " restarts, ", out.result.products,
            " products, residual ", out.result.residual, " distance ", distance(out.x, lp.x));
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(distance(out.x, lp.x) <= 1e-6);
    CHECK(out.result.objective == doctest::Approx(lp.value()).epsilon(1e-6));
  }
}

TEST_CASE("splitting: a linear program by davis_yin, and without a smooth term by pdhg") {
  const LinearProgram lp;
  MinimizeSettings settings;
  settings.tol = 1e-9;
  settings.max_iter = 100000;
  const auto split = problem(Dtype::f64, LinearProgram::n, lp.cost(),
                             {{ProxCase("nonneg").make(), nullptr},
                              {std::make_shared<AffineSet>(LinearProgram::m, LinearProgram::n, lp.A, lp.b), nullptr}});
  const Outcome out = solve(split, method_davis_yin, settings);
  MESSAGE("LP davis_yin ", out.result.iterations, " iterations, distance ", distance(out.x, lp.x), " step ",
          out.result.step);
  CHECK(out.end() == Termination::CONVERGED);
  CHECK(out.result.iterations <= 1200);
  CHECK(distance(out.x, lp.x) <= 1e-6);
  // A and -y positive make c positive: c'x over x >= 0 is then a weighted norm, and no f is left.
  LinearProgram positive = lp;
  for (double& a : positive.A) a = std::fabs(a);
  positive.b.assign(at(LinearProgram::m), 0);
  for (index j = 0; j < LinearProgram::n; ++j) {
    double& c = positive.c[at(j)];
    c = j < LinearProgram::m ? 0 : 0.5;
    for (index i = 0; i < LinearProgram::m; ++i) {
      c += positive.A[at(i * LinearProgram::n + j)] * std::fabs(lp.y[at(i)]);
      positive.b[at(i)] += positive.A[at(i * LinearProgram::n + j)] * positive.x[at(j)];
    }
  }
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    settings.tol = dtype == Dtype::f64 ? 1e-9 : 1e-5;
    const Outcome dual = solve(problem(dtype, LinearProgram::n, nullptr,
                                       {{ProxCase("positive_l1").array("weights", positive.c).make(), nullptr},
                                        {point(positive.b), matrix(LinearProgram::m, LinearProgram::n, positive.A)}}),
                               method_pdhg, settings);
    MESSAGE("LP pdhg ", dual.result.iterations, " iterations, ", dual.result.restarts, " restarts, distance ",
            distance(dual.x, positive.x), " residual ", dual.result.residual, " certificate ", dual.result.certificate);
    CHECK(dual.end() == Termination::CONVERGED);
    CHECK(dual.result.iterations <= 4250);
    CHECK(distance(dual.x, positive.x) <= (dtype == Dtype::f64 ? 1e-6 : 1e-2));
  }
}

TEST_CASE("splitting: the tiny Lasso in every form") {
  const TinyLasso tiny;
  const auto l1 = ProxCase("l1").real("lam", 2.9).make();
  for (Dtype dtype : {Dtype::f64, Dtype::f32}) {
    // f + g; f + g(I x) + 0; f + g behind an operator that is the identity
    Vector eye(25);
    for (std::size_t j = 0; j < 5; ++j) eye[6 * j] = 1;
    const Summands forms[] = {
        {{l1, nullptr}}, {{ProxCase("zero").make(), nullptr}, {l1, nullptr}}, {{l1, matrix(5, 5, eye)}}};
    for (int form = 0; form < 3; ++form)
      for (MinimizeMethod method : {method_davis_yin, method_admm, method_condat_vu}) {
        if (method == method_davis_yin && form == 2) continue;
        const Outcome out = solve(problem(dtype, 5, tiny.f(), forms[form]), method);
        CAPTURE(form);
        CAPTURE(static_cast<int>(method));
        CAPTURE(static_cast<int>(dtype));
        MESSAGE("lasso ", form, " method ", static_cast<int>(method), ": ", out.result.iterations, " iterations, cg ",
                out.result.cg_iterations);
        CHECK(out.end() == Termination::CONVERGED);
        CHECK(out.result.iterations <= (method == method_condat_vu ? 400 : 95));
        CHECK(distance(out.x, tiny.answer) <= (dtype == Dtype::f64 ? 1e-6 : 1e-3));
        CHECK(out.result.objective == doctest::Approx(tiny.value).epsilon(dtype == Dtype::f64 ? 1e-8 : 1e-4));
      }
  }
}

TEST_CASE("splitting: fused denoising, condat_vu and admm agree") {
  // 1/2 |x - b|^2 + 0.7 |D x|_1
  constexpr index n = 40;
  Vector D(at((n - 1) * n)), b(at(n));
  const Vector e = noise(n, 31);
  for (index i = 0; i + 1 < n; ++i) {
    D[at(i * n + i)] = -1;
    D[at(i * n + i + 1)] = 1;
  }
  for (index j = 0; j < n; ++j) b[at(j)] = (j < 20 ? 1.0 : 3.0) + 0.1 * e[at(j)];
  const auto tv = ProxCase("l1").real("lam", 0.7).make();
  const auto f = std::make_shared<DiagonalQuadratic>(Vector(at(n), 1.0), [&] {
    Vector c = b;
    for (double& v : c) v = -v;
    return c;
  }());
  const auto p = problem(Dtype::f64, n, f, {{tv, matrix(n - 1, n, D)}});
  Vector xs[2];
  int k = 0;
  for (MinimizeMethod method : {method_condat_vu, method_admm}) {
    const Outcome out = solve(p, method);
    MESSAGE("TV method ", static_cast<int>(method), ": ", out.result.iterations, " iterations, ", out.result.restarts,
            " restarts, cg ", out.result.cg_iterations, " residual ", out.result.residual);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(out.result.iterations <= (method == method_condat_vu ? 290 : 35));
    xs[k++] = out.x;
    // the mean is kept, the jump survives
    double sum = 0, data = 0;
    for (index j = 0; j < n; ++j) {
      sum += out.x[at(j)];
      data += b[at(j)];
    }
    CHECK(sum == doctest::Approx(data).epsilon(1e-7));
    CHECK(out.x[25] - out.x[5] > 1.5);
  }
  CHECK(distance(xs[0], xs[1]) <= 1e-5);
}

TEST_CASE("splitting: pdhg, douglas_rachford and davis_yin close the gap over a box") {
  // |x|_1 over a box that 0 is not in
  const auto l1 = ProxCase("l1").make();
  const auto box = ProxCase("box").real("lower", 0.5).real("upper", 2).make();
  const auto p = problem(Dtype::f64, 6, nullptr, {{box, nullptr}, {l1, nullptr}});
  for (MinimizeMethod method :
       {method_pdhg, method_douglas_rachford, method_davis_yin, method_admm, method_condat_vu}) {
    CAPTURE(static_cast<int>(method));
    const Outcome out = solve(p, method);
    CHECK(out.end() == Termination::CONVERGED);
    CHECK(out.result.objective == doctest::Approx(3.0).epsilon(1e-7));
    CHECK(out.result.iterations <= 50);
    CHECK(distance(out.x, Vector(6, 0.5)) <= 1e-6);
    MESSAGE("box + l1 method ", static_cast<int>(method), ": ", out.result.iterations, " gap ", out.result.gap,
            " certificate ", out.result.certificate);
    if (method != method_admm) {
      CHECK(out.certificate() == Certificate::GAP);
      CHECK(out.result.gap <= 1e-6);
      CHECK(out.result.dual <= out.result.objective + 1e-9);
    }
  }
}

TEST_CASE("splitting: douglas_rachford is admm with the terms exchanged") {
  const auto l1 = ProxCase("l1").make();
  const Vector lower = noise(8, 41);
  Vector upper = lower;
  for (double& u : upper) u += 1;
  const auto box = ProxCase("box").array("lowers", lower).array("uppers", upper).make();
  MinimizeSettings settings;
  settings.primal_weight = 2;
  settings.tol = 1e-300;
  settings.max_iter = 30;
  settings.trace = 30;
  settings.splitting_memory = 0;
  // Both begin with the prox of the box.
  auto dr =
      solve(problem(Dtype::f64, 8, nullptr, {{box, nullptr}, {l1, nullptr}}), method_douglas_rachford, settings).trace;
  auto admm = solve(problem(Dtype::f64, 8, nullptr, {{l1, nullptr}, {box, nullptr}}), method_admm, settings).trace;
  const std::size_t both = std::min(dr.size(), admm.size()) / kTraceColumns;
  REQUIRE(both >= 5);
  for (std::size_t k = 0; k < both; ++k)
    CHECK(dr[k * kTraceColumns + 2] == doctest::Approx(admm[k * kTraceColumns + 2]).epsilon(1e-12));
}

}  // namespace
}  // namespace fenchel
