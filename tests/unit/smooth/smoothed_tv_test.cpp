// smoothed_tv_test.cpp -- total variation with a rounded corner, and sums of smooth terms: the definition in long
// double, derivatives by differences, bounds by samples, refusals.
#include <doctest/doctest.h>

#include <cmath>

#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

struct Kind {
  std::vector<std::int64_t> shape, axes;  // axes empty: all
  bool huber, anisotropic;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {{7}, {}, false, false},           {{4, 5}, {}, false, false},   {{4, 5}, {}, true, false},
      {{4, 5}, {}, false, true},         {{4, 5}, {}, true, true},     {{3, 2, 4}, {}, false, false},
      {{3, 4, 2}, {1, 2}, false, false}, {{3, 1, 4}, {}, true, false}, {{1}, {}, false, false},
      {{6, 3}, {0}, true, false},
  };
  return all;
}

std::shared_ptr<const Smooth> make(const Kind& kind, double lam, double eps) {
  TermMaker maker("smoothed_tv", smooth_terms());
  maker.array("shape", kind.shape).real("lam", lam).real("eps", eps);
  if (!kind.axes.empty()) maker.array("axes", kind.axes);
  if (kind.huber) maker.real("huber", 1);
  if (kind.anisotropic) maker.real("anisotropic", 1);
  return maker.make<Smooth>();
}

double by_definition(const Kind& kind, double lam, double eps, const std::vector<double>& x) {
  const auto phi = [&](long double r2) -> long double {
    const long double e = eps, r = std::sqrt(r2);
    if (!kind.huber) return std::sqrt(r2 + e * e) - e;
    return r <= e ? r2 / (2 * e) : r - e / 2;
  };
  std::vector<std::int64_t> axes = kind.axes;
  for (std::size_t k = 0; kind.axes.empty() && k < kind.shape.size(); ++k) axes.push_back(static_cast<std::int64_t>(k));
  long double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    long double squares = 0;
    for (const std::int64_t axis : axes) {
      std::size_t stride = 1;
      for (std::size_t k = static_cast<std::size_t>(axis) + 1; k < kind.shape.size(); ++k)
        stride *= static_cast<std::size_t>(kind.shape[k]);
      const auto length = static_cast<std::size_t>(kind.shape[static_cast<std::size_t>(axis)]);
      if (i / stride % length == length - 1) continue;
      const long double d = static_cast<long double>(x[i + stride]) - x[i];
      if (kind.anisotropic)
        sum += phi(d * d);
      else
        squares += d * d;
    }
    if (!kind.anisotropic) sum += phi(squares);
  }
  return static_cast<double>(lam * sum);
}

std::vector<double> moved(const std::vector<double>& x, double t, const std::vector<double>& d) {
  std::vector<double> out = x;
  for (std::size_t i = 0; i < x.size(); ++i) out[i] += t * d[i];
  return out;
}
double norm(const std::vector<double>& a) {
  double sum = 0;
  for (const double v : a) sum += v * v;
  return std::sqrt(sum);
}

TEST_CASE("smoothed_tv: the definition, slopes of it, and slopes of slopes") {
  for (const Kind& kind : kinds())
    for (const double eps : {0.05, 0.4, 3.0}) {
      CAPTURE(kind.shape.size());
      CAPTURE(kind.huber);
      CAPTURE(kind.anisotropic);
      CAPTURE(eps);
      const auto f = make(kind, 0.7, eps);
      const std::vector<double> x = test_noise(f->size(), 3), d = test_noise(f->size(), 4);
      std::vector<double> g, above, below;
      CHECK(evaluate(*f, x) == doctest::Approx(by_definition(kind, 0.7, eps, x)).epsilon(1e-13));
      CHECK(evaluate(*f, x, &g) == doctest::Approx(by_definition(kind, 0.7, eps, x)).epsilon(1e-13));
      const double h = 1e-6 * eps;
      const double slope =
          (by_definition(kind, 0.7, eps, moved(x, h, d)) - by_definition(kind, 0.7, eps, moved(x, -h, d))) / (2 * h);
      double along = 0;
      for (std::size_t i = 0; i < x.size(); ++i) along += g[i] * d[i];
      CHECK(along == doctest::Approx(slope).epsilon(1e-6).scale(1e-3));
      const std::vector<double> product = hessian_product(*f, x, d);
      evaluate(*f, moved(x, h, d), &above);
      evaluate(*f, moved(x, -h, d), &below);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(product[i] == doctest::Approx((above[i] - below[i]) / (2 * h)).epsilon(1e-5).scale(1 / eps));
    }
}

TEST_CASE("smoothed_tv: the diagonal is that of the Hessian, and slopes by lam and eps are those of the gradient") {
  for (const Kind& kind : kinds()) {
    const double eps = 0.3;
    const auto f = make(kind, 0.7, eps);
    Buffer<std::byte> memory(f->scratch_bytes());
    const std::vector<double> x = test_noise(f->size(), 8);
    std::vector<double> diagonal(x.size()), slope(x.size()), above, below;
    const auto matrix = f->newton_matrix();
    for (const bool exact : {true, false}) {  // not exact: with a dual that has followed a step
      matrix->prepare(x.data(), exact, Scratch(memory));
      REQUIRE(matrix->diagonal(diagonal.data(), Scratch(memory)));
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::vector<double> unit(x.size(), 0.0), column(x.size());
        unit[i] = 1;
        matrix->apply(unit.data(), column.data(), Scratch(memory));
        CHECK(diagonal[i] == doctest::Approx(column[i]).epsilon(1e-12));
        CHECK(diagonal[i] >= 0);
        if (exact) CHECK(norm(moved(column, -1, hessian_product(*f, x, unit))) <= 1e-12 * (norm(column) + 1));
      }
      matrix->advance(test_noise(f->size(), 9).data(), Scratch(memory));
    }
    const double h = 1e-6;
    for (const SmoothNumber number : {SmoothNumber::lam, SmoothNumber::eps}) {
      REQUIRE(f->has_number(number));
      f->number_slope(number, x.data(), slope.data(), Scratch(memory));
      const bool lam = number == SmoothNumber::lam;
      evaluate(*make(kind, lam ? 0.7 + h : 0.7, lam ? eps : eps + h), x, &above);
      evaluate(*make(kind, lam ? 0.7 - h : 0.7, lam ? eps : eps - h), x, &below);
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(slope[i] == doctest::Approx((above[i] - below[i]) / (2 * h)).epsilon(1e-7).scale(0.1));
    }
  }
}

TEST_CASE("smoothed_tv: no two points break the bounds of gradient, Hessian and slopes, and they are not slack") {
  for (const Kind& kind : kinds()) {
    const double eps = 0.2;
    const auto f = make(kind, 0.7, eps);
    if (f->size() == 1) continue;
    Buffer<std::byte> memory(f->scratch_bytes());
    double steepest = 0, bent = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
      std::vector<double> x = test_noise(f->size(), seed), d = test_noise(f->size(), seed + 1000), gx, gy;
      for (double& v : x) v *= 0.02 * (1 + seed % 20);
      for (double& v : d) v *= 0.01;
      const std::vector<double> y = moved(x, 1, d), v = test_noise(f->size(), seed + 2000);
      evaluate(*f, x, &gx);
      evaluate(*f, y, &gy);
      steepest = std::max(steepest, norm(moved(gy, -1, gx)) / norm(d));
      const std::vector<double> change = moved(hessian_product(*f, y, v), -1, hessian_product(*f, x, v));
      bent = std::max(bent, norm(change) / norm(d) / norm(v));
      for (const SmoothNumber number : {SmoothNumber::lam, SmoothNumber::eps}) {
        std::vector<double> sx(x.size()), sy(x.size());
        f->number_slope(number, x.data(), sx.data(), Scratch(memory));
        f->number_slope(number, y.data(), sy.data(), Scratch(memory));
        CHECK(norm(moved(sy, -1, sx)) <= f->number_slope_lipschitz(number) * norm(d) * (1 + 1e-9));
      }
    }
    CHECK(steepest <= f->lipschitz() * (1 + 1e-9));
    CHECK(steepest >= 0.2 * f->lipschitz());
    CHECK(bent <= f->hessian_lipschitz() * (1 + 1e-9));
    if (kind.huber)
      CHECK(f->hessian_lipschitz() == kInf);
    else
      CHECK(bent >= 0.01 * f->hessian_lipschitz());
  }
}

TEST_CASE("smoothed_tv: single precision follows double; a weight of 0 is nothing") {
  for (const Kind& kind : kinds()) {
    const auto f = make(kind, 0.7, 0.3), none = make(kind, 0, 0.3);
    const std::vector<float> x = test_noise<float>(f->size(), 3);
    const std::vector<double> wide(x.begin(), x.end());
    std::vector<float> single;
    std::vector<double> g;
    CHECK(evaluate(*f, x, &single) == doctest::Approx(evaluate(*f, wide, &g)).epsilon(1e-5));
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(single[i] == doctest::Approx(g[i]).epsilon(1e-5).scale(1.0));
    CHECK(evaluate(*none, wide, &g) == 0);
    CHECK(norm(g) == 0);
    CHECK(none->hessian_lipschitz() == 0);
  }
}

TEST_CASE("smoothed_tv refuses shapes and axes that are none, and an eps of 0") {
  const Kind plain{{4, 5}, {}, false, false};
  CHECK(status_of([] { make({{4, 0}, {}, false, false}, 1, 1); }) != Status::OK);
  CHECK(status_of([] { make({{2, 2, 2, 2}, {}, false, false}, 1, 1); }) != Status::OK);
  CHECK(status_of([] { make({{4, 5}, {2}, false, false}, 1, 1); }) != Status::OK);
  CHECK(status_of([&] { make(plain, 1, 1); }) == Status::OK);
}

TEST_CASE("a sum of smooth terms is the sum of values, gradients, Hessians and constants") {
  const index n = 6;
  TermMaker matrix("dense", operator_terms());
  matrix.array("matrix", test_noise(9 * n, 2), {9, n});
  const auto data = TermMaker("logistic", smooth_terms())
                        .term("A", matrix.make<Operator>())
                        .array("y", targets_for("logistic", 9, 5))
                        .make<Smooth>();
  const auto tv = make({{2, 3}, {}, false, false}, 0.5, 0.1);
  const auto line =
      TermMaker("smoothed_tv", smooth_terms()).array("shape", std::vector<std::int64_t>{6}).make<Smooth>();
  TermMaker maker("sum", smooth_terms());
  const auto sum = maker.term("term", data).term("term", tv).term("term", line).make<Smooth>();
  REQUIRE(sum->size() == n);
  CHECK(sum->caps() == (SMOOTH_CONVEX | SMOOTH_HVP | SMOOTH_LIPSCHITZ));
  CHECK(sum->linear_model() == nullptr);
  CHECK(sum->parts().size() == 3);
  const std::vector<double> x = test_noise(n, 7), v = test_noise(n, 8);
  std::vector<double> total, all(x.size(), 0.0), one;
  double value = 0;
  std::vector<double> product(x.size(), 0.0);
  for (const auto& part : {data, tv, line}) {
    value += evaluate(*part, x, &one);
    all = moved(all, 1, one);
    product = moved(product, 1, hessian_product(*part, x, v));
  }
  CHECK(evaluate(*sum, x, &total) == doctest::Approx(value).epsilon(1e-14));
  CHECK(evaluate(*sum, x) == doctest::Approx(value).epsilon(1e-14));
  CHECK(norm(moved(total, -1, all)) <= 1e-14 * norm(all));
  CHECK(norm(moved(hessian_product(*sum, x, v), -1, product)) <= 1e-14 * norm(product));
  CHECK(sum->lipschitz() == doctest::Approx(data->lipschitz() + tv->lipschitz() + line->lipschitz()).epsilon(1e-14));
  CHECK(
      sum->hessian_lipschitz() ==
      doctest::Approx(data->hessian_lipschitz() + tv->hessian_lipschitz() + line->hessian_lipschitz()).epsilon(1e-14));
  Buffer<std::byte> memory(sum->scratch_bytes());
  std::vector<double> diagonal(x.size());
  const auto hessian = sum->newton_matrix();
  hessian->prepare(x.data(), true, Scratch(memory));
  hessian->apply(v.data(), diagonal.data(), Scratch(memory));
  CHECK(norm(moved(diagonal, -1, product)) <= 1e-13 * norm(product));
  CHECK_FALSE(hessian->diagonal(diagonal.data(), Scratch(memory)));  // a dense matrix tells none
}

TEST_CASE("a sum refuses other sizes and free intercepts") {
  const auto tv = make({{6}, {}, false, false}, 1, 1), other = make({{7}, {}, false, false}, 1, 1);
  CHECK(status_of([&] { TermMaker("sum", smooth_terms()).term("term", tv).term("term", other).make<Smooth>(); }) ==
        Status::SHAPE);
  SmoothCase c("least_squares", 9, 5, 3);
  c.intercept = true;
  const auto f = c.make();
  CHECK(status_of([&] { TermMaker("sum", smooth_terms()).term("term", f).make<Smooth>(); }) == Status::UNSUPPORTED);
}

TEST_CASE("squares of an identity or a diagonal know their modulus and their Hessian's diagonal") {
  const std::vector<double> d{2, -0.5, 3}, s{1, 4, 0.25}, y{1, 2, 3};
  const auto diagonal = TermMaker("diagonal", operator_terms()).array("d", d).make<Operator>();
  const auto identity = TermMaker("identity", operator_terms()).real("size", 3).make<Operator>();
  const auto square = [&](const std::shared_ptr<const Operator>& A, bool weighted, const char* loss) {
    TermMaker maker(loss, smooth_terms());
    maker.term("A", A).array("y", y);
    if (weighted) maker.array("weights", s);
    return maker.make<Smooth>();
  };
  CHECK(square(identity, false, "least_squares")->strong_convexity() == 1);
  CHECK(square(identity, true, "least_squares")->strong_convexity() == 0.25);
  CHECK(square(diagonal, false, "least_squares")->strong_convexity() == 0.25);
  CHECK(square(diagonal, true, "least_squares")->strong_convexity() == 0.25 * 0.25);
  CHECK(square(identity, false, "huber")->strong_convexity() == 0);
  const auto f = square(diagonal, true, "least_squares");
  Buffer<std::byte> memory(f->scratch_bytes());
  std::vector<double> out(3);
  REQUIRE(f->hessian_diagonal(y.data(), out.data(), Scratch(memory)));
  CHECK(out == std::vector<double>{4, 1, 2.25});
}

}  // namespace
}  // namespace fenchel
