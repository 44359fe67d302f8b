// The Sinkhorn divergence: not negative, 0 where both measures are one, symmetric, made of its three terms; gradients
// against central differences.
#include <doctest/doctest.h>

#include "solve_cases.hpp"

namespace {

using namespace law;

struct Divergence {
  double value = 0;
  Vector x_grad, y_grad, a_grad, b_grad;
  fen_transport_result results[3];
};

Divergence divergence_of(const Instance& p, double tol = 1e-12, const char* method = "auto") {
  const Array x(p.dtype, {p.n, p.d}, p.x), y(p.dtype, {p.m, p.d}, p.y), a(p.dtype, {p.n}, p.a), b(p.dtype, {p.m}, p.b);
  const Array x_grad(p.dtype, {p.n, p.d}), y_grad(p.dtype, {p.m, p.d}), a_grad(p.dtype, {p.n}), b_grad(p.dtype, {p.m});
  Divergence out;
  for (fen_transport_result& result : out.results) fen_transport_result_init(&result, sizeof result);
  const fen_sinkhorn_options options = options_of(tol);
  fen_error err = fresh_error();
  check(fen_sinkhorn_divergence(x.view(), y.view(), a.view(), b.view(), p.cost.c_str(), &p.spec, method, &options,
                                &out.value, x_grad.view(), y_grad.view(), a_grad.view(), b_grad.view(), out.results,
                                &err),
        err);
  out.x_grad = x_grad.values();
  out.y_grad = y_grad.values();
  out.a_grad = a_grad.values();
  out.b_grad = b_grad.values();
  return out;
}

std::vector<Instance> cases() {
  std::vector<Instance> all;
  for (const std::string& cost : names_of("cost"))
    for (const double rho : {kInfinity, 0.6}) {
      Instance p = cloud_instance(cost, 14, 11, 2, 5);
      p.spec = spec_of(cost == "cosine" ? 0.01 : 0.1, rho, rho);
      if (rho < kInfinity)
        for (double& weight : p.a) weight *= 1.7;
      all.push_back(p);
    }
  return all;
}

// The kernels exp(-c / eps) of these costs are positive definite, for which the divergence is known not to be negative.
bool is_positive(const std::string& cost) { return cost != "cosine"; }

double slope_of(Instance p, Vector Instance::*member, const Vector& tangent, double h) {
  const Vector start = p.*member;
  double slope = 0;
  for (const auto& [step, weight] : {std::pair{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}) {
    p.*member = plus(start, step * h, tangent);
    slope += weight * divergence_of(p).value;
  }
  return slope / (12 * h);
}

}  // namespace

TEST_CASE("the divergence is not negative, and symmetric") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    const Divergence s = divergence_of(p);
    if (is_positive(p.cost)) CHECK(s.value > 0);
    Instance swapped = p;
    std::swap(swapped.n, swapped.m);
    std::swap(swapped.x, swapped.y);
    std::swap(swapped.a, swapped.b);
    CHECK(std::fabs(divergence_of(swapped).value - s.value) <= 1e-11);
  }
}

TEST_CASE("the divergence of a measure from itself is 0, in any order of its points, with gradient 0") {
  for (Instance p : cases()) {
    CAPTURE(p.name());
    p.m = p.n;
    p.y = p.x;
    p.b = p.a;
    const Divergence s = divergence_of(p);
    CHECK(std::fabs(s.value) <= 1e-12);
    CHECK(norm(s.x_grad) <= 1e-9);
    CHECK(norm(s.a_grad) <= 1e-9);
    // Turned round.
    for (std::size_t i = 0; i < p.a.size(); ++i) {
      p.b[i] = p.a[p.a.size() - 1 - i];
      for (std::size_t k = 0; k < 2; ++k) p.y[2 * i + k] = p.x[2 * (p.a.size() - 1 - i) + k];
    }
    CHECK(std::fabs(divergence_of(p).value) <= 1e-12);
  }
}

TEST_CASE("the divergence is made of its three terms") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    const Divergence s = divergence_of(p);
    const auto value_of = [&](const Vector& x, const Vector& y, const Vector& a, const Vector& b) {
      Instance term = p;
      term.x = x;
      term.y = y;
      term.a = a;
      term.b = b;
      term.n = static_cast<int64_t>(a.size());
      term.m = static_cast<int64_t>(b.size());
      Solver solver(term, "sinkhorn", options_of(1e-11));
      const fen_transport_result r = solver.solve();
      CHECK(r.termination == FEN_CONVERGED);
      return r.dual;
    };
    const double ab = value_of(p.x, p.y, p.a, p.b), aa = value_of(p.x, p.x, p.a, p.a),
                 bb = value_of(p.y, p.y, p.b, p.b);
    const double difference = p.balanced() ? 0 : sum(p.a) - sum(p.b);
    CHECK(std::fabs(s.value - (ab - aa / 2 - bb / 2 + p.spec.eps / 2 * difference * difference)) <= 1e-10);
    CHECK(std::fabs(s.results[0].dual - ab) <= 1e-10);
    CHECK(std::fabs(s.results[1].dual - aa) <= 1e-10);
    CHECK(std::fabs(s.results[2].dual - bb) <= 1e-10);
    for (const fen_transport_result& r : s.results) CHECK(r.termination == FEN_CONVERGED);
  }
}

TEST_CASE("gradients of the divergence equal central differences") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    const Divergence s = divergence_of(p);
    Random random(6);
    const auto compare = [&](Vector Instance::*member, const Vector& gradient, double h, bool weight) {
      Vector tangent = random.vector(static_cast<int64_t>((p.*member).size()), -1, 1);
      if (weight && p.balanced()) {
        const double mean = sum(tangent) / static_cast<double>(tangent.size());
        for (double& value : tangent) value -= mean;
      }
      const double measured = slope_of(p, member, tangent, h);
      CHECK(std::fabs(dot(gradient, tangent) - measured) <= 1e-6 * std::fmax(std::fabs(measured), norm(gradient)));
    };
    compare(&Instance::x, s.x_grad, 3e-4, false);
    compare(&Instance::y, s.y_grad, 3e-4, false);
    compare(&Instance::a, s.a_grad, 2e-5, true);
    compare(&Instance::b, s.b_grad, 2e-5, true);
  }
}

TEST_CASE("f32 divergences agree with f64, and are 0 within rounding for equal measures") {
  for (Instance p : cases()) {
    CAPTURE(p.name());
    const double exact = divergence_of(p).value;
    p.dtype = FEN_F32;
    CHECK(std::fabs(divergence_of(p, 0).value - exact) <= 1e-5);
    p.m = p.n;
    p.y = p.x;
    p.b = p.a;
    CHECK(std::fabs(divergence_of(p, 0).value) <= 1e-5);
  }
}

TEST_CASE("moving a cloud towards another lowers the divergence to nearly 0") {
  // Gradient flow with weights' inverse as the step: x_i <- x_i - n / 2 dS/dx_i is a full step of the barycentric map.
  Instance p = cloud_instance("sqeuclidean", 20, 20, 2, 9);
  for (double& weight : p.a) weight = 0.05;
  for (double& weight : p.b) weight = 0.05;
  p.spec.eps = 0.02;
  const double start = divergence_of(p).value;
  for (int step = 0; step < 30; ++step) p.x = plus(p.x, -10, divergence_of(p, 1e-9).x_grad);
  CHECK(divergence_of(p).value <= 1e-3 * start);
}
