// prox_caps_test.cpp -- what a term says about itself (ProxCaps, moduli, rules) is true of it.
#include <algorithm>

#include "prox_examples.hpp"
#include "prox_subject.hpp"

namespace fenchel {
namespace {

TEST_CASE("prox caps: convex terms are firmly non-expansive; the moduli of convexity hold") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      const Vector<double> w = mix(1, v, 1, draws.vector(s.n, draws.uniform() * 5));
      const Vector<double> x = s.at(v, step), y = s.at(w, step), d = mix(1, x, -1, y);
      const double scale = 1 + largest(v) + largest(w);
      if (s.can(PROX_CONVEX))
        HOLDS(inner(d, d) <= inner(d, mix(1, v, -1, w)) + s.accuracy * scale * scale, s, "firmly non-expansive",
              inner(d, d) << " > " << inner(d, mix(1, v, -1, w)) << ", step " << step);
      const double weak = s.prox->weak_convexity(), strong = s.prox->strong_convexity();
      if (!std::isfinite(weak)) return;
      const Vector<double> z = s.at(draws.vector(s.n, 3), 1e-3);
      for (const Vector<double>& end : {y, z}) {
        const double middle = s.value(mix(0.5, x, 0.5, end)), ends = 0.5 * (s.value(x) + s.value(end));
        const double gap = norm(mix(1, x, -1, end)), slack = (weak - strong) / 8 * gap * gap;
        HOLDS(middle <= ends + slack + s.accuracy * (1 + std::abs(ends) + slack), s, "convex up to the declared moduli",
              middle << " > " << ends << " + " << slack);
      }
    });
  }
}

TEST_CASE("prox caps: Fenchel-Young is an equality at the proximal point and an inequality elsewhere") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    if (!s.can(PROX_CONJUGATE)) continue;
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      Vector<double> x;
      const double value = s.apply<double>(v, {step}, x);
      Vector<double> u = mix(1 / step, v, -1 / step, x);
      double dual = s.conjugate(u);
      // By rounding, just outside the domain of g*: a little towards 0, or towards the middle of some of its points.
      const Vector<double> edge = u;
      if (dual == kInf) dual = s.conjugate(u = mix(1 - 1e-9, edge, 0, edge));
      if (dual == kInf) {
        Vector<double> centre(v.size(), 0);
        for (int k = 0; k < 16; ++k) {
          const Vector<double> w = draws.vector(s.n, 3 + 12 * step);
          centre = mix(1, centre, 1 / (16 * step), mix(1, w, -1, s.at(w, step)));
        }
        dual = s.conjugate(u = mix(1 - 1e-9, edge, 1e-9, centre));
      }
      const double pair = inner(x, u);
      const double scale = 1 + std::abs(value) + largest(u) * (1 + largest(x)) * static_cast<double>(s.n);
      const double slack = std::max(1e-8, 10 * s.accuracy) * scale;
      HOLDS(std::abs(value + dual - pair) <= slack, s, "Fenchel-Young equality",
            value << " + " << dual << " is not " << pair << ", step " << step);
      const Vector<double> other = s.at(draws.vector(s.n, 5), draws.uniform());
      HOLDS(s.value(other) + dual >= inner(other, u) - slack, s, "Fenchel-Young inequality", "step " << step);
      const Vector<double> any = draws.vector(s.n, 2);
      const double bound = s.conjugate(any);
      HOLDS(s.value(other) + bound >= inner(other, any) - s.accuracy * (1 + std::abs(bound) + norm(other) * norm(any)),
            s, "Fenchel-Young inequality", "at a random dual point");
    });
  }
}

TEST_CASE("prox caps: indicators project; homogeneous, even, quadratic and finite terms are so") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      Vector<double> x, y;
      const double value = s.apply<double>(v, {step}, x), scale = 1 + largest(v);
      const auto near = [&](const Vector<double>& a, const Vector<double>& b, double size) {
        return apart(a, b) <= 10 * s.accuracy * size;
      };
      if (s.can(PROX_INDICATOR)) {
        HOLDS(value == 0 && s.value(x) == 0, s, "an indicator is 0 at the projection", value << " " << s.value(x));
        HOLDS(near(s.at(x, step), x, scale), s, "projections are idempotent", apart(s.at(x, step), x));
        HOLDS(near(s.at(v, 7 * step), x, scale), s, "the step of a projection does not matter", "");
        const Vector<float> narrow = as<float>(v);
        Vector<float> z;
        HOLDS((s.apply<float>(narrow, {1}, z) == 0 && s.value(z) == 0), s, "an indicator is 0 at the projection",
              "float: " << s.value(z));
      }
      if (s.can(PROX_EVEN)) {
        HOLDS(near(mix(-1, s.at(mix(-1, v, 0, v), step), 0, v), x, scale), s, "even", "prox");
        HOLDS(std::abs(s.value(mix(-1, x, 0, x)) - value) <= s.accuracy * (1 + std::abs(value)), s, "even", "value");
      }
      if (s.can(PROX_HOMOGENEOUS)) {
        HOLDS(near(s.at(mix(4, v, 0, v), 4 * step), mix(4, x, 0, x), 4 * scale), s, "homogeneous", "prox");
        HOLDS(std::abs(s.value(mix(4, x, 0, x)) - 4 * value) <= 4 * s.accuracy * (1 + std::abs(value)), s,
              "homogeneous", "value");
      }
      const Vector<double> w = draws.vector(s.n, 3);
      if (s.can(PROX_FULL_DOMAIN)) HOLDS(std::isfinite(s.value(w)), s, "finite everywhere", s.value(w));
      if (s.can(PROX_QUADRATIC))
        HOLDS(near(s.at(mix(0.5, v, 0.5, w), step), mix(0.5, x, 0.5, s.at(w, step)), scale + 3), s,
              "the prox of a quadratic function is affine", "");
    });
  }
}

// The prox of one coordinate under a SoftBox.
double soft(const SoftBox& rule, index j, double v, double step) {
  const double w = rule.weights == nullptr ? 1 : rule.weights[j];
  if (w == kInf) return 0;
  const double low = rule.lowers == nullptr ? rule.lower : rule.lowers[j];
  const double high = rule.uppers == nullptr ? rule.upper : rule.uppers[j];
  const double x = std::copysign(std::max(std::abs(v) - step * w * rule.l1, 0.0), v) / (1 + step * w * rule.l2);
  return std::min(std::max(x, low), high);
}

// The slopes of g_j on both sides of x, by differences.
std::pair<double, double> slopes(const Prox& g, index j, double x, double h) {
  const double here = g.value1(j, x);
  return {(here - g.value1(j, x - h)) / h, (g.value1(j, x + h) - here) / h};
}

// Where differences settle, how far -grad is from between the slopes is what subdiff_distance1 must give.
void check_distance(const Subject& s, index j, double x, double grad) {
  const double h = 1e-7 * (1e-2 + std::abs(x));
  const auto [left, right] = slopes(*s.prox, j, x, h);
  const auto [left_of, right_of] = slopes(*s.prox, j, x, 10 * h);
  const auto settled = [](double a, double b) { return a == b || std::abs(a - b) <= 1e-4 * (1 + std::abs(a)); };
  if (!settled(left, left_of) || !settled(right, right_of)) return;
  const double want = std::max({0.0, left + grad, -grad - right}), got = s.prox->subdiff_distance1(j, x, grad);
  HOLDS(std::abs(got - want) <= 1e-4 * (1 + std::abs(grad) + std::abs(want)), s, "the distance to the subdifferential",
        got << " is not " << want << " at x " << x << ", grad " << grad);
}

TEST_CASE("prox caps: a separable term is the sum of its coordinates") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    HOLDS(s.can(PROX_SEPARABLE) || s.prox->soft_box() == nullptr, s, "a soft box is separable", "");
    if (!s.can(PROX_SEPARABLE)) continue;
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      Vector<double> x;
      double sum = 0;
      const double value = s.apply<double>(v, {step}, x);
      for (index j = 0; j < s.n; ++j) {
        const double vj = v[static_cast<std::size_t>(j)], xj = x[static_cast<std::size_t>(j)];
        const double grad = (xj - vj) / step, scale = 1 + std::abs(vj) / step + std::abs(grad);
        HOLDS(std::abs(s.prox->prox1(j, vj, step) - xj) <= s.accuracy * std::abs(vj), s, "prox1 as prox", j);
        sum += s.prox->value1(j, xj);
        const double distance = s.prox->subdiff_distance1(j, xj, grad);
        HOLDS((distance >= 0 && distance <= 1e-9 * scale), s, "the proximal point is stationary",
              "distance " << distance << " at v " << vj << ", x " << xj << ", step " << step);
        check_distance(s, j, xj, grad + 4 * draws.uniform() - 2);
        if (std::isfinite(s.prox->value1(j, 0))) check_distance(s, j, 0, 4 * draws.uniform() - 2);
        if (const SoftBox* rule = s.prox->soft_box())
          HOLDS(std::abs(soft(*rule, j, vj, step) - xj) <= s.accuracy * std::abs(vj), s, "the soft box is the term", j);
      }
      HOLDS(std::abs(sum - value) <= s.accuracy * (1 + std::abs(value)), s, "value1 as value", sum << " " << value);
    });
  }
}

TEST_CASE("prox caps: groups are disjoint and say what the term is") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    HOLDS(s.can(PROX_GROUPS) == (s.prox->groups() != nullptr), s, "groups as declared", "");
    const Groups* groups = s.prox->groups();
    if (groups == nullptr) continue;
    Vector<char> seen(static_cast<std::size_t>(s.n), 0);
    const Vector<double> x = Draws{Philox(3, 4)}.vector(s.n, 2);
    double sum = 0;
    for (index b = 0; b < groups->count; ++b) {
      double squares = 0, absolute = 0;
      for (index k = groups->starts[b]; k < groups->starts[b + 1]; ++k) {
        const auto j = static_cast<std::size_t>(groups->members[k]);
        HOLDS((j < seen.size() && seen[j]++ == 0), s, "groups are disjoint", j);
        squares += x[j] * x[j];
        absolute += std::abs(x[j]);
      }
      sum += groups->lam * (groups->weights == nullptr ? 1 : groups->weights[b]) * std::sqrt(squares) +
             groups->l1 * absolute;
    }
    HOLDS((std::abs(sum - s.value(x)) <= 1e-12 * (1 + sum) || !std::isfinite(s.value(x))), s, "groups give the value",
          sum << " is not " << s.value(x));
  }
}

TEST_CASE("prox caps: vjp is the transposed derivative where there is one, and symmetric") {
  for (const ProxCase& example : prox_examples()) {
    Subject s(example);
    if (!s.can(PROX_VJP)) continue;
    int smooth = 0;
    each_point(s, [&](Draws& draws, const Vector<double>& v, double step) {
      const Vector<double> c = draws.vector(s.n, 1), d = draws.vector(s.n, 1);
      const Vector<double> Jc = s.vjp(v, step, c), Jd = s.vjp(v, step, d);
      const double scale = largest(Jc) + largest(Jd) + 1;
      HOLDS(std::abs(inner(Jc, d) - inner(c, Jd)) <= 1e-9 * scale * static_cast<double>(s.n), s, "vjp is symmetric",
            inner(Jc, d) << " is not " << inner(c, Jd) << ", step " << step);
      const double h = 1e-6 * (1 + largest(v));
      const auto quotient = [&](double a, double b) {
        return mix(1 / (a - b), s.at(mix(1, v, a, d), step), -1 / (a - b), s.at(mix(1, v, b, d), step));
      };
      const Vector<double> ahead = quotient(h, 0), behind = quotient(0, -h), wide = quotient(20 * h, -20 * h);
      if (apart(ahead, behind) > 1e-3 * scale || apart(ahead, wide) > 1e-3 * scale) return;
      ++smooth;
      const Vector<double> central = quotient(h, -h);
      HOLDS(std::abs(inner(Jc, d) - inner(c, central)) <= 2e-4 * scale * static_cast<double>(s.n), s,
            "vjp is the transposed derivative", inner(Jc, d) << " is not " << inner(c, central) << ", step " << step);
      Vector<float> out(v.size());
      const Vector<float> narrow = as<float>(v), ct = as<float>(c);
      s.guarded([&](Scratch m) {
        s.prox->vjp(s.n, narrow.data(), {static_cast<float>(step)}, ct.data(), out.data(), m);
        return 0;
      });
      HOLDS(apart(Vector<double>(out.begin(), out.end()), Jc) <= 1e-3 * scale, s, "vjp in float as in double",
            "step " << step);
    });
    HOLDS(smooth >= 20, s, "smooth at most points", smooth << " smooth points");
  }
}

}  // namespace
}  // namespace fenchel
