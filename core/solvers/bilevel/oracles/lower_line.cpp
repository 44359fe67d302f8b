#include "solvers/bilevel/oracles/lower_line.hpp"

namespace fenchel {
namespace {

constexpr double kDescent = 1e-4, kCurvature = 0.9;
constexpr double kRounding = 1e-10;  // of the value: Hager and Zhang's eps
constexpr int kTrials = 60;

struct Bracket {
  double low = 0, high = kInf;
  // The next step after one at `a` that went too far (high = a) or not far enough (low = a).
  double next(double a) const { return high < kInf ? 0.5 * (low + high) : 4 * a; }
};

bool evaluate(BilevelCalls& calls, const double* theta, const LowerPoint& from, const Vector& direction, double a,
              LowerPoint& to) {
  for (std::size_t j = 0; j < direction.size(); ++j) to.x[j] = from.x[j] + a * direction[j];
  try {
    to.evaluate(calls, theta);
    return true;
  } catch (const OutsideDomain&) {
    return false;
  }
}

bool descends(const LowerPoint& from, const LowerPoint& to, double a, double slope, double end_slope) {
  if (to.value <= from.value + kDescent * a * slope) return true;
  return to.value <= from.value + kRounding * std::abs(from.value) && end_slope <= (2 * kDescent - 1) * slope;
}

}  // namespace

bool search_line(BilevelCalls& calls, const double* theta, const LowerPoint& from, const Vector& direction, double step,
                 bool wolfe, LowerPoint& to) {
  const double slope = dot(from.gradient, direction);
  if (!(slope < 0)) return false;
  Bracket bracket;
  double a = step;
  for (int trial = 0; trial < kTrials; ++trial) {
    const bool inside = evaluate(calls, theta, from, direction, a, to);
    const double end_slope = inside ? dot(to.gradient, direction) : kInf;
    if (!inside || !descends(from, to, a, slope, end_slope)) {
      bracket.high = a;
      const double bend = inside ? to.value - from.value - a * slope : 0;
      if (bracket.low == 0 && bend > 0) {  // the parabola through both values
        a *= std::clamp(-0.5 * a * slope / bend, 0.1, 0.5);
        continue;
      }
    } else if (wolfe && end_slope < kCurvature * slope) {
      bracket.low = a;
    } else {
      return true;
    }
    a = bracket.next(a);
  }
  return bracket.low > 0 && evaluate(calls, theta, from, direction, bracket.low, to);
}

}  // namespace fenchel
