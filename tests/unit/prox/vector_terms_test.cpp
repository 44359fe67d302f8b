// vector_terms_test.cpp -- terms that couple their coordinates, held to the equality of Fenchel and Young
//
//     g(x) + g*(u) = <x, u>,  u = (v - x) / step
//
// which proves that x is the proximal point; g and g* are written again here, by sorting, in long double.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "vector_case.hpp"

namespace fenchel {
namespace {

using Real = long double;
using Vector = std::vector<Real>;

// Outside of a domain: by how much (in norm), so that rounding can be told from error.
struct Measured {
  Real value, excess;
};

struct Model {
  ProxCase term;
  std::function<Measured(const Vector&)> g, conjugate;
};

Vector descending(Vector x) {
  std::sort(x.begin(), x.end(), std::greater<Real>());
  return x;
}
Vector magnitudes(Vector x) {
  for (Real& a : x) a = std::fabs(a);
  return x;
}
Real sum(const Vector& x, std::size_t count) {
  Real total = 0;
  for (std::size_t i = 0; i < std::min(count, x.size()); ++i) total += x[i];
  return total;
}
Real largest(const Vector& x) { return *std::max_element(x.begin(), x.end()); }
Real least(const Vector& x) { return *std::min_element(x.begin(), x.end()); }
Real norm2(const Vector& x) {
  Real total = 0;
  for (const Real a : x) total += a * a;
  return std::sqrt(total);
}

Model simplex(Real r) {
  return {ProxCase("simplex").real("radius", double(r)),
          [=](const Vector& x) {
            return Measured{0, std::max(std::fabs(sum(x, x.size()) - r), -least(x))};
          },
          [=](const Vector& u) {
            return Measured{r * largest(u), 0};
          }};
}
Model l1_ball(Real r) {
  return {ProxCase("l1_ball").real("radius", double(r)),
          [=](const Vector& x) {
            return Measured{0, sum(magnitudes(x), x.size()) - r};
          },
          [=](const Vector& u) {
            return Measured{r * largest(magnitudes(u)), 0};
          }};
}
Model linf(Real lam) {
  return {ProxCase("linf").real("lam", double(lam)),
          [=](const Vector& x) {
            return Measured{lam * largest(magnitudes(x)), 0};
          },
          [=](const Vector& u) {
            return Measured{0, sum(magnitudes(u), u.size()) - lam};
          }};
}
Model sum_k(Real lam, std::size_t k) {
  const ProxCase term = k == 0 ? ProxCase("max").real("lam", double(lam))
                               : ProxCase("sum_k_largest").real("lam", double(lam)).real("k", double(k));
  const std::size_t count = std::max<std::size_t>(k, 1);
  return {term,
          [=](const Vector& x) {
            return Measured{lam * sum(descending(x), count), 0};
          },
          [=](const Vector& u) {
            const Real total = lam * Real(std::min(count, u.size()));
            return Measured{0, std::max({std::fabs(sum(u, u.size()) - total), -least(u), largest(u) - lam})};
          }};
}
Model capped(Real r, Real cap) {
  return {ProxCase("capped_simplex").real("radius", double(r)).real("cap", double(cap)),
          [=](const Vector& x) {
            return Measured{0, std::max({std::fabs(sum(x, x.size()) - r), -least(x), largest(x) - cap})};
          },
          [=](const Vector& u) {
            const Vector sorted = descending(u);
            Real left = r, total = 0;
            for (std::size_t i = 0; i < u.size() && left > 0; ++i) {
              total += std::min(left, cap) * sorted[i];
              left -= std::min(left, cap);
            }
            return Measured{total, 0};
          }};
}
Model slope(Real lam, const std::vector<double>& weights) {
  return {ProxCase("sorted_l1").real("lam", double(lam)).array("weights", weights),
          [=](const Vector& x) {
            const Vector sorted = descending(magnitudes(x));
            Real total = 0;
            for (std::size_t i = 0; i < x.size(); ++i) total += lam * Real(weights[i]) * sorted[i];
            return Measured{total, 0};
          },
          [=](const Vector& u) {
            const Vector sorted = descending(magnitudes(u));
            Real excess = 0, worst = 0;
            for (std::size_t i = 0; i < u.size(); ++i) {
              excess += sorted[i] - lam * Real(weights[i]);
              worst = std::max(worst, excess);
            }
            return Measured{0, worst};
          }};
}

// v - x is known to the rounding of v, so that the equality holds to that of <v, x>.
template <class T>
void check_point(const Model& model, const std::vector<T>& v, double step) {
  const auto term = model.term.make();
  const auto result = run_prox(*term, v, step);
  const auto again = run_prox(*term, v, step, true);
  CHECK(std::equal(result.x.begin(), result.x.end(), again.x.begin()));
  Vector x, u;
  Real inner = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    x.push_back(result.x[i]);
    u.push_back((Real(v[i]) - x[i]) / Real(T(step)));
    inner += x[i] * u[i];
  }
  const Measured g = model.g(x), conjugate = model.conjugate(u);
  const Real eps = std::numeric_limits<T>::epsilon(), n = Real(v.size());
  const Real size_v = [&] {
    Real most = 0;
    for (const T a : v) most = std::max(most, std::fabs(Real(a)));
    return most;
  }();
  const Real size_x = largest(magnitudes(x)), size_u = largest(magnitudes(u)) * Real(T(step)),
             rounding = 4 * eps * n * (size_v + size_x + size_u);
  INFO(model.term.label(), ", n ", v.size(), ", step ", step, ", |v| ", double(size_v));
  CHECK(g.excess <= rounding);
  CHECK(conjugate.excess <= rounding / Real(T(step)));
  CHECK(std::fabs(g.value + conjugate.value - inner) <= 2 * rounding * norm2(x) / Real(T(step)) + rounding * norm2(u));
  const double tolerance = 20 * double(eps) + double(v.size()) * std::numeric_limits<double>::epsilon();
  CHECK(result.value == doctest::Approx(double(g.value)).epsilon(tolerance));
  CHECK(value_of(*term, result.x) == doctest::Approx(double(g.value)).epsilon(tolerance));
}

std::vector<std::vector<double>> inputs() {
  std::vector<std::vector<double>> all;
  for (const std::size_t n : {1U, 2U, 3U, 7U, 40U, 5000U, 20000U}) all.push_back(normal_vector(n, n));
  all.push_back(normal_vector(300, 8, 1e3));
  all.push_back(normal_vector(300, 9, 1e-3, 5));
  all.push_back(normal_vector(300, 10, 1e-4, -5));
  all.push_back(std::vector<double>(50, 0.0));
  all.push_back(std::vector<double>(50, 1.25));
  std::vector<double> ties, geometric;  // geometric: one entry leaves in each of Michelot's rounds
  for (int i = 0; i < 400; ++i) ties.push_back(i % 7 - 3);
  for (int i = 0; i < 400; ++i) geometric.push_back(std::pow(1.05, -i) * (i % 2 == 0 ? 1 : -1));
  all.push_back(ties);
  all.push_back(geometric);
  return all;
}

TEST_CASE_TEMPLATE("simplex, balls, maxima: proximal points prove themselves", T, float, double) {
  for (const auto& v : inputs()) {
    const auto n = double(v.size());
    for (const Real r : {0.3L, 1.0L, 25.0L, 4000.0L}) {
      for (const double step : {1.0, 1e-3}) {
        check_point(simplex(r), cast_to<T>(v), step);
        check_point(l1_ball(r), cast_to<T>(v), step);
      }
      for (const double share : {1.0, 0.999, 0.3, 0.01})
        check_point(capped(r, Real(std::max(double(r) / n / share, 1e-3))), cast_to<T>(v), 2.0);
    }
    for (const double step : {1e-3, 0.7, 3.0, 1e4}) {
      check_point(linf(0.5L), cast_to<T>(v), step);
      check_point(sum_k(0.5L, 0), cast_to<T>(v), step);
      for (const std::size_t k : {1U, 2U, 30U, 6000U}) check_point(sum_k(1.5L, k), cast_to<T>(v), step);
    }
  }
}

TEST_CASE_TEMPLATE("SLOPE: proximal points prove themselves", T, float, double) {
  for (const auto& v : inputs()) {
    const std::size_t n = v.size();
    std::vector<double> linear, constant(n, 0.75), first(n, 0.0), steep;
    for (std::size_t i = 0; i < n; ++i) {
      linear.push_back(double(n - i) / double(n));
      steep.push_back(std::pow(0.9, double(i)));
    }
    first[0] = 2;
    for (const double step : {1e-2, 1.0, 4.0, 1e3})
      for (const auto& weights : {linear, constant, first, steep})
        check_point(slope(0.5L, weights), cast_to<T>(v), step);
  }
}

TEST_CASE("max and the largest one, the linf norm and SLOPE with one weight, are the same terms") {
  const auto v = normal_vector(500, 3);
  std::vector<double> first(500, 0.0);
  first[0] = 0.8;
  const auto max = run_prox(*ProxCase("max").real("lam", 0.8).make(), v, 2.5);
  const auto one = run_prox(*ProxCase("sum_k_largest").real("lam", 0.8).real("k", 1).make(), v, 2.5);
  const auto linf = run_prox(*ProxCase("linf").real("lam", 0.8).make(), v, 2.5);
  const auto slope = run_prox(*ProxCase("sorted_l1").array("weights", first).make(), v, 2.5);
  for (std::size_t i = 0; i < v.size(); ++i) {
    CHECK(max.x[i] == doctest::Approx(one.x[i]).epsilon(1e-14));
    CHECK(linf.x[i] == doctest::Approx(slope.x[i]).epsilon(1e-14));
  }
}

TEST_CASE("derivatives of coupled terms are those of differences") {
  const auto v = normal_vector(40, 21), c = normal_vector(40, 22), d = normal_vector(40, 23);
  std::vector<double> weights;
  for (int i = 0; i < 40; ++i) weights.push_back(1 - 0.02 * i);
  std::vector<index> group;
  for (index i = 0; i < 40; ++i) group.push_back(i % 5 - 1);
  const std::vector<ProxCase> cases{
      ProxCase("simplex").real("radius", 3),
      ProxCase("l1_ball").real("radius", 4),
      ProxCase("l1_ball").real("radius", 400),
      ProxCase("capped_simplex").real("radius", 3).real("cap", 0.5),
      ProxCase("linf"),
      ProxCase("linf").real("lam", 500),
      ProxCase("max"),
      ProxCase("sum_k_largest").real("k", 5),
      ProxCase("sorted_l1").array("weights", weights),
      ProxCase("top_k").real("k", 7),
      ProxCase("abs_top_k").real("k", 7),
      ProxCase("n_m_sparsity"),
      ProxCase("soft_top_k").real("k", 7).real("temperature", 0.3),
      ProxCase("group_l2").real("size", 4),
      ProxCase("group_l2").indices("group", group).real("l1", 0.2),
      ProxCase("group_l2").indices("group", group).real("l1", 0.2).real("positive", 1),
  };
  for (const ProxCase& one : cases) {
    const auto term = one.make();
    for (const double step : {0.05, 0.4, 1.3}) {
      INFO(one.label(), " step ", step);
      CHECK(vjp_error(*term, v, step, c, d) < 1e-6);
    }
  }
}

TEST_CASE_TEMPLATE("a NaN reaches every coordinate that it is coupled with", T, float, double) {
  std::vector<T> v = cast_to<T>(normal_vector(8, 2));
  v[5] = std::numeric_limits<T>::quiet_NaN();
  const std::vector<double> weights{3, 2, 2, 1, 1, 1, 0.5, 0};
  for (const ProxCase& one :
       {ProxCase("simplex"), ProxCase("l1_ball"), ProxCase("capped_simplex"), ProxCase("linf"),
        ProxCase("linf").real("lam", 0), ProxCase("max"), ProxCase("sum_k_largest").real("k", 3),
        ProxCase("sum_k_largest").real("k", 8), ProxCase("sorted_l1").array("weights", weights),
        ProxCase("top_k").real("k", 2), ProxCase("abs_top_k").real("k", 8), ProxCase("soft_top_k").real("k", 2),
        ProxCase("group_l2").real("size", 8), ProxCase("group_l2").real("size", 8).real("lam", 0)}) {
    INFO(one.label());
    const auto result = run_prox(*one.make(), v, 0.5);
    for (const T x : result.x) CHECK(x != x);
    CHECK((result.value != result.value || one.name() == std::string("group_l2")));
  }
  const auto blocks = run_prox(*ProxCase("n_m_sparsity").make(), v, 1.0);
  CHECK((blocks.x[0] == blocks.x[0] && blocks.x[4] != blocks.x[4] && blocks.x[7] != blocks.x[7]));
}

TEST_CASE("bad parameters and sizes are refused by name") {
  CHECK_THROWS_AS(ProxCase("sorted_l1").array("weights", {1, 2}).make(), Error);
  CHECK_THROWS_AS(ProxCase("group_l2").make(), Error);
  CHECK_THROWS_AS(ProxCase("group_l2").real("size", 2).indices("group", {0, 1}).make(), Error);
  CHECK_THROWS_AS(ProxCase("group_l2").indices("group", {0, 2, -2}).make(), Error);
  CHECK_THROWS_AS(ProxCase("group_l2").indices("group", {0, 1, 1}).array("weights", {1, 1, 1}).make(), Error);
  CHECK_THROWS_AS(run_prox(*ProxCase("group_l2").real("size", 3).make(), std::vector<double>(7, 1.0), 1), Error);
  CHECK_THROWS_AS(run_prox(*ProxCase("capped_simplex").real("radius", 8).make(), std::vector<double>(7, 1.0), 1),
                  Error);
  CHECK_THROWS_AS(run_prox(*ProxCase("soft_top_k").real("k", 8).make(), std::vector<double>(7, 1.0), 1), Error);
}

}  // namespace
}  // namespace fenchel
