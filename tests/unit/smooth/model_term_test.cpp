// model_term_test.cpp -- laws of the smooth terms over a linear model: values, derivatives, weights, bounds, refusals.
#include "smooth/model_term.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

// f(y, z) in long double, by its definition.
long double loss_by_definition(const std::string& loss, double y, const std::vector<long double>& z) {
  const long double t = z[0], target = y;
  if (loss == "least_squares") return (target - t) * (target - t) / 2;
  if (loss == "logistic") return std::log1p(std::exp(-target * t));
  if (loss == "poisson") return std::exp(t) - target * t;
  if (loss == "squared_hinge") return std::pow(std::max(0.0L, 1 - target * t), 2.0L) / 2;
  if (loss == "huber") {
    const long double r = std::abs(target - t), d = 0.7;
    return r <= d ? r * r / 2 : d * (r - d / 2);
  }
  long double sum = 0;
  for (const long double zk : z) sum += std::exp(zk);
  return std::log(sum) - z[static_cast<std::size_t>(y)];
}

double value_by_definition(const SmoothCase& c, const std::vector<double>& x) {
  const index K = c.outputs();
  long double total = 0, weight_sum = 0;
  for (index i = 0; i < c.n; ++i) {
    std::vector<long double> z(at(K));
    for (index k = 0; k < K; ++k) {
      for (index j = 0; j < c.p; ++j) z[at(k)] += static_cast<long double>(c.A[at(i * c.p + j)]) * x[at(j * K + k)];
      if (c.intercept) z[at(k)] += x[at(c.p * K + k)];
      if (!c.offset.empty()) z[at(k)] += c.offset[at(i * K + k)];
    }
    const double s = c.weights.empty() ? 1.0 : c.weights[at(i)];
    weight_sum += s;
    total += s * loss_by_definition(c.loss, c.y[at(i)], z);
  }
  if (c.mean) total /= weight_sum;
  for (std::size_t j = 0; j < c.linear.size(); ++j) total += static_cast<long double>(c.linear[j]) * x[j];
  return static_cast<double>(total);
}

std::vector<double> point(const Smooth& f, unsigned seed) { return test_noise(f.size(), seed); }

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST_CASE("values are those of the definition, with weights, offset, linear part, intercept and mean") {
  for (const std::string& loss : model_losses()) {
    CAPTURE(loss);
    for (const bool mean : {false, true}) {
      SmoothCase c = full_case(loss);
      c.mean = mean;
      const auto f = c.make();
      REQUIRE(f->size() == (c.p + 1) * c.outputs());
      for (unsigned seed = 0; seed < 5; ++seed) {
        const auto x = point(*f, 100 + seed);
        const double expected = value_by_definition(c, x);
        CHECK(evaluate(*f, x) == doctest::Approx(expected).epsilon(1e-13));
        std::vector<double> gradient;
        CHECK(evaluate(*f, x, &gradient) == doctest::Approx(expected).epsilon(1e-13));
      }
    }
    SmoothCase plain(loss, 9, 4, 3);
    const auto f = plain.make();
    REQUIRE(f->size() == 4 * plain.outputs());
    CHECK(evaluate(*f, point(*f, 8)) == doctest::Approx(value_by_definition(plain, point(*f, 8))).epsilon(1e-13));
  }
}

TEST_CASE("gradients are slopes of the value, and products with the Hessian slopes of the gradient") {
  for (const std::string& loss : model_losses()) {
    CAPTURE(loss);
    SmoothCase c = full_case(loss);
    const auto f = c.make();
    const auto x = point(*f, 40), d = point(*f, 41);
    std::vector<double> g, above, below;
    evaluate(*f, x, &g);
    const double h = 1e-5;
    auto up = x, down = x;
    for (std::size_t j = 0; j < x.size(); ++j) {
      up[j] += h * d[j];
      down[j] -= h * d[j];
    }
    const double slope = (evaluate(*f, up, &above) - evaluate(*f, down, &below)) / (2 * h);
    CHECK(dot(g, d) == doctest::Approx(slope).epsilon(1e-7));
    const auto product = hessian_product(*f, x, d);
    for (std::size_t j = 0; j < x.size(); ++j)
      CHECK(product[j] == doctest::Approx((above[j] - below[j]) / (2 * h)).epsilon(1e-6).scale(1e-3));
  }
}

TEST_CASE("single precision follows double precision, whatever the data are stored in") {
  for (const std::string& loss : model_losses()) {
    CAPTURE(loss);
    SmoothCase c = full_case(loss);
    for (double& a : c.A) a = static_cast<double>(static_cast<float>(a));
    const auto f = c.make<double>(), narrow = c.make<float>();
    const auto x = test_noise<float>(f->size(), 3);
    const std::vector<double> wide(x.begin(), x.end());
    std::vector<double> g, g_narrow;
    std::vector<float> single;
    const double value = evaluate(*f, wide, &g);
    CHECK(evaluate(*narrow, wide, &g_narrow) == doctest::Approx(value).epsilon(1e-14));
    for (const auto& term : {f, narrow}) {
      CHECK(evaluate(*term, x, &single) == doctest::Approx(value).epsilon(1e-5));
      for (std::size_t j = 0; j < x.size(); ++j) {
        CHECK(single[j] == doctest::Approx(g[j]).epsilon(1e-5).scale(1.0));
        CHECK(g_narrow[j] == doctest::Approx(g[j]).epsilon(1e-12).scale(1.0));
      }
    }
  }
}

TEST_CASE("the Lipschitz constant obeys the descent lemma and is not slack") {
  for (const std::string& loss : model_losses()) {
    CAPTURE(loss);
    SmoothCase c = full_case(loss);
    const auto f = c.make();
    if (loss == "poisson") {
      CHECK(f->lipschitz() == kInf);
      CHECK((f->caps() & SMOOTH_LIPSCHITZ) == 0);
      continue;
    }
    index products = 0;
    const double L = f->lipschitz(&products);
    CHECK(products > 0);
    const index before = products;
    CHECK(f->lipschitz(&products) == L);  // once
    CHECK(products == before);
    double steepest = 0;
    for (unsigned seed = 0; seed < 200; ++seed) {
      const auto x = point(*f, 500 + seed), y = point(*f, 900 + seed);
      std::vector<double> gx, gy, d(x.size());
      const double fx = evaluate(*f, x, &gx), fy = evaluate(*f, y, &gy);
      double distance = 0, apart = 0;
      for (std::size_t j = 0; j < x.size(); ++j) {
        d[j] = y[j] - x[j];
        distance += d[j] * d[j];
        apart += (gy[j] - gx[j]) * (gy[j] - gx[j]);
      }
      CHECK(fy <= fx + dot(gx, d) + 0.5 * L * distance + 1e-12);
      CHECK(fy >= fx + dot(gx, d) - 1e-12);  // convex
      steepest = std::max(steepest, std::sqrt(apart / distance));
    }
    CHECK(steepest <= L);
    CHECK(steepest >= 0.05 * L);
  }
}

TEST_CASE("the Lipschitz constant of least squares is the largest eigenvalue, within the margin, from any thread") {
  SmoothCase c = full_case("least_squares");
  const auto f = c.make();
  std::vector<double> v(at(f->size()), 1.0);
  double top = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto w = hessian_product(*f, v, v);
    top = std::sqrt(dot(w, w));
    for (std::size_t j = 0; j < v.size(); ++j) v[j] = w[j] / top;
  }
  std::vector<double> seen(4);
  std::vector<std::thread> threads;
  for (double& L : seen) threads.emplace_back([&L, &f] { L = f->lipschitz(); });
  for (auto& t : threads) t.join();
  for (const double L : seen) {
    CHECK(L >= top);
    CHECK(L <= 1.04 * top);
    CHECK(L == seen[0]);
  }
}

TEST_CASE("where the operator knows its norm, the bound takes no product and holds with intercept and weights") {
  const std::vector<double> d{3, -1, 0.5, 2}, weights{0.5, 2, 1, 0.25};
  TermMaker data("diagonal", operator_terms()), f("least_squares", smooth_terms());
  data.array("d", d);
  f.term("A", data.make<Operator>()).array("y", d).array("weights", weights).real("intercept", 1);
  const auto term = f.make<Smooth>();
  index products = 0;
  const double L = term->lipschitz(&products);
  CHECK(products == 0);
  CHECK(L == doctest::Approx(2.0 * (9 + 4)));
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto v = point(*term, seed);
    CHECK(dot(v, hessian_product(*term, v, v)) <= L * dot(v, v));
  }
}

TEST_CASE("value minus dual at the slopes is <slopes, z>, and no other point does better") {
  for (const std::string& name : model_losses()) {
    CAPTURE(name);
    SmoothCase c = full_case(name);
    const auto f = c.make();
    const LinearModel& model = *f->linear_model();
    const index n = c.n * c.outputs();
    const auto z = test_noise(n, 77);
    for (const double* s : {static_cast<const double*>(nullptr), model.weights.data()}) {
      std::vector<double> u(at(n)), theta(at(n)), scaled(at(n));
      const double value = model.loss->slopes(c.n, z.data(), c.y.data(), s, u.data());
      double product = 0;
      for (std::size_t i = 0; i < u.size(); ++i) {
        theta[i] = -u[i];
        product += u[i] * z[i];
      }
      const double dual = model.loss->dual(c.n, theta.data(), c.y.data(), s);
      CHECK(value - dual == doctest::Approx(product).epsilon(1e-12));
      if (!model.loss->scalable()) continue;
      for (const double t : {0.0, 0.3, 0.9}) {
        for (std::size_t i = 0; i < u.size(); ++i) scaled[i] = t * theta[i];
        const double lower = model.loss->dual(c.n, scaled.data(), c.y.data(), s);
        CHECK(lower > -kInf);
        CHECK(value >= lower + t * product - 1e-12);  // Fenchel and Young
      }
    }
  }
}

TEST_CASE("dual values outside the domain are minus infinity") {
  const auto dual = [](const std::string& loss, double y, double theta) {
    SmoothCase c(loss, 2, 1, 5);
    const auto f = c.make();
    const double targets[2] = {y, y}, point[2] = {theta, 0}, none[2] = {0, 1};
    CHECK(f->linear_model()->loss->dual(2, point, targets, none) == (theta == 0 ? 0 : -kInf));
    return f->linear_model()->loss->dual(1, point, targets, nullptr);
  };
  CHECK(dual("logistic", 1, 1.01) == -kInf);
  CHECK(dual("logistic", 1, -0.01) == -kInf);
  CHECK(dual("logistic", -1, -1.0) == 0);
  CHECK(dual("logistic", 1, 0.5) == doctest::Approx(std::log(2.0)));
  CHECK(dual("huber", 1, 0.71) == -kInf);
  CHECK(dual("huber", 1, -0.69) > -kInf);
  CHECK(dual("squared_hinge", 1, -0.01) == -kInf);
  CHECK(dual("squared_hinge", 1, 5.0) == doctest::Approx(5 - 12.5));
  CHECK(dual("poisson", 2, 2.01) == -kInf);
  CHECK(dual("poisson", 2, 2.0) == 0);
  CHECK(dual("least_squares", 3, 2.0) == doctest::Approx(4.0));
}

TEST_CASE("a weight is a number of copies, and weight 0 removes the sample") {
  for (const std::string& loss : model_losses()) {
    CAPTURE(loss);
    SmoothCase weighted(loss, 6, 3, 21), repeated(loss, 6, 3, 21);
    weighted.weights = {2, 1, 0, 3, 1, 0};
    weighted.intercept = repeated.intercept = true;
    repeated.A.clear();
    repeated.y.clear();
    for (index i = 0; i < 6; ++i)
      for (double copy = 0; copy < weighted.weights[at(i)]; ++copy) {
        repeated.y.push_back(weighted.y[at(i)]);
        for (index j = 0; j < 3; ++j) repeated.A.push_back(weighted.A[at(i * 3 + j)]);
      }
    repeated.n = static_cast<index>(repeated.y.size());
    weighted.y[2] = -77.5;  // not legal for most losses: does not count
    weighted.y[5] = 1e300;
    for (const bool mean : {false, true}) {
      weighted.mean = repeated.mean = mean;
      const auto f = weighted.make(), g = repeated.make();
      const auto x = point(*f, 5), v = point(*f, 6);
      std::vector<double> a, b;
      CHECK(evaluate(*f, x, &a) == doctest::Approx(evaluate(*g, x, &b)).epsilon(1e-13));
      const auto fv = hessian_product(*f, x, v), gv = hessian_product(*g, x, v);
      for (std::size_t j = 0; j < x.size(); ++j) {
        CHECK(a[j] == doctest::Approx(b[j]).epsilon(1e-12).scale(1.0));
        CHECK(fv[j] == doctest::Approx(gv[j]).epsilon(1e-12).scale(1.0));
      }
      if (loss != "poisson") CHECK(f->lipschitz() == doctest::Approx(g->lipschitz()).epsilon(0.02));
    }
  }
}

TEST_CASE("extreme predictors neither overflow nor lose small losses") {
  SmoothCase c("logistic", 1, 1, 1);
  c.A = {1};
  c.y = {1};
  const auto f = c.make();
  std::vector<double> g;
  CHECK(evaluate(*f, std::vector<double>{-1e4}, &g) == 1e4);
  CHECK(g[0] == -1);
  CHECK(evaluate(*f, std::vector<double>{50}, &g) == doctest::Approx(std::exp(-50.0)).epsilon(1e-14));
  CHECK(g[0] == doctest::Approx(-std::exp(-50.0)).epsilon(1e-14));
  CHECK(evaluate(*f, std::vector<double>{kNaN}, &g) != evaluate(*f, std::vector<double>{kNaN}));
  CHECK(std::isnan(g[0]));
  SmoothCase m("multinomial", 1, 1, 1);
  m.A = {1};
  m.y = {2};
  const auto h = m.make();
  CHECK(evaluate(*h, std::vector<double>{1e5, 0, -1e5}, &g) == 2e5);
  CHECK(g[0] == 1);
  CHECK(g[2] == -1);
}

TEST_CASE("many samples and many classes cross the tiles of the exponentials") {
  SmoothCase c("logistic", 700, 2, 9);
  const auto x = test_noise(2, 4);
  CHECK(evaluate(*c.make(), x) == doctest::Approx(value_by_definition(c, x)).epsilon(1e-13));
  const index K = 600;
  TermMaker data("dense", operator_terms()), f("multinomial", smooth_terms());
  data.array("matrix", std::vector<double>{1, 2}, {2, 1});
  f.term("A", data.make<Operator>()).array("y", std::vector<double>{0, static_cast<double>(K - 1)});
  const auto term = f.make<Smooth>();
  REQUIRE(term->size() == K);
  const auto w = test_noise(K, 5);
  double expected = 0;
  std::vector<double> slopes(at(K), 0.0), g;
  for (const double a : {1.0, 2.0}) {
    double sum = 0;
    for (const double wk : w) sum += std::exp(a * wk);
    for (std::size_t k = 0; k < w.size(); ++k) slopes[k] += a * std::exp(a * w[k]) / sum;
    expected += std::log(sum) - a * (a == 1.0 ? w.front() : w.back());
  }
  slopes.front() -= 1;
  slopes.back() -= 2;
  CHECK(evaluate(*term, w, &g) == doctest::Approx(expected).epsilon(1e-13));
  for (std::size_t k = 0; k < w.size(); ++k) CHECK(g[k] == doctest::Approx(slopes[k]).epsilon(1e-12).scale(1.0));
}

TEST_CASE("sizes and targets that do not fit are refused by name and position") {
  const auto refused = [](const std::string& loss, auto&& spoil) {
    SmoothCase c = full_case(loss);
    spoil(c);
    return message_of([&] { c.make(); });
  };
  CHECK(refused("least_squares", [](SmoothCase& c) { c.y.pop_back(); }) ==
        "y has 12 elements and A has 13 rows; legal: the same");
  CHECK(refused("least_squares", [](SmoothCase& c) { c.weights.push_back(1); }) ==
        "weights has 14 elements; legal: 13");
  CHECK(refused("multinomial", [](SmoothCase& c) { c.offset.resize(13); }) == "offset has 13 elements; legal: 39");
  CHECK(refused("huber", [](SmoothCase& c) { c.linear.resize(4); }) == "linear has 4 elements; legal: 5");
  CHECK(refused("logistic", [](SmoothCase& c) { c.y[4] = 0; }) == "y[4] is 0; legal for logistic: -1 or 1");
  CHECK(refused("squared_hinge", [](SmoothCase& c) { c.y[0] = 2; }) == "y[0] is 2; legal for squared_hinge: -1 or 1");
  CHECK(refused("poisson", [](SmoothCase& c) { c.y[12] = -1; }) == "y[12] is -1; legal for poisson: >= 0 and finite");
  CHECK(refused("multinomial", [](SmoothCase& c) { c.y[5] = 3; }) ==
        "y[5] is 3; legal for multinomial: whole numbers in [0, 2]");
  CHECK(refused("multinomial", [](SmoothCase& c) { c.y[5] = 0.5; }) ==
        "y[5] is 0.5; legal for multinomial: whole numbers in [0, 2]");
  CHECK(refused("least_squares", [](SmoothCase& c) {
          c.mean = true;
          std::fill(c.weights.begin(), c.weights.end(), 0.0);
        }) == "weights sum to 0; legal with mean: > 0 and finite");
  CHECK(refused("logistic", [](SmoothCase& c) { c.y[3] = 0; }) == "");  // weight 0
}

}  // namespace
}  // namespace fenchel
