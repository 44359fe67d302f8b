#include "solvers/bilevel/outer_search.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/bilevel/outer_trace.hpp"

namespace fenchel {
namespace {

constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();

}  // namespace

OuterTrace::OuterTrace(const OuterFunction& evaluate, const std::vector<double>& first, const OuterLimits& given)
    : limits(given),
      start(first),
      units(first.size(), 1.0),
      best(first.size()),
      evaluate_(evaluate),
      low_(first.size()),
      high_(first.size()) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    low_[i] = std::max(first[i] - given.half_width, given.low == nullptr ? -kInf : (*given.low)[i]);
    high_[i] = std::min(first[i] + given.half_width, given.high == nullptr ? kInf : (*given.high)[i]);
  }
}

double OuterTrace::within(std::size_t i, double to) const {
  const double t = std::clamp(to, low_[i], high_[i]);
  for (const double bound : {low_[i], high_[i]})
    if (std::abs(bound) < kInf && std::abs(t - bound) <= kRounding * std::abs(bound)) return bound;
  return t;
}

bool OuterTrace::held(const OuterPoint& p, std::size_t i) const {
  return (p.t[i] <= low_[i] && p.gradient[i] > 0) || (p.t[i] >= high_[i] && p.gradient[i] < 0);
}

double OuterTrace::slope(const OuterPoint& p) const {
  double sum = 0;
  for (std::size_t i = 0; i < p.t.size(); ++i)
    if (!held(p, i)) sum += p.gradient[i] * p.gradient[i];
  return std::sqrt(sum);
}

bool OuterTrace::small(double gain) const {
  return gain <= (limits.scan > 0 ? 0.1 : 1.0) * limits.tol * std::abs(best.value);
}
bool OuterTrace::exhausted() const { return report.evaluations >= limits.max_iter; }

bool OuterTrace::at(OuterPoint& p, bool value_alone) {
  if (exhausted()) return false;
  const bool first = ++report.evaluations == 1;
  p.gradient.resize(value_alone ? 0 : p.t.size());
  p.value = kInf;  // what it stays where evaluate stops before it knows
  p.known = !value_alone;
  report.stopped = !evaluate_(p.t, p.value, p.gradient);
  if (value_alone) return !report.stopped;
  if (p.value < kInf)
    keep(p);
  else if (p.t.size() == 1 && best.known)  // refused: uphill, seen from the best
    p.gradient[0] = std::copysign(std::abs(best.gradient[0]), p.t[0] - best.t[0]);
  if (first && limits.units != nullptr) set_units(p);
  return !report.stopped;
}

void OuterTrace::keep(const OuterPoint& p) {
  const double tie = kRounding * std::abs(p.value);
  const bool better = !best.known || p.value < best.value - tie || (p.value <= least_ + tie && slope(p) < slope(best));
  least_ = std::min(least_, p.value);
  if (!better) return;
  best = p;
  if (limits.keep) limits.keep();
}

void OuterTrace::set_units(const OuterPoint& first) {
  double steepest = 0, squares = 0;
  for (const double g : first.gradient) {
    steepest = std::max(steepest, std::abs(g));
    squares += g * g;
  }
  const double whole = std::abs(first.value) / squares * steepest;  // what the steepest moves where all move
  for (std::size_t i = 0; i < units.size(); ++i) {
    units[i] = (*limits.units)[i];
    if (!(units[i] > 0)) units[i] = whole > 0 && whole < kInf ? whole : 1.0;
  }
}

OuterReport outer_search(const OuterFunction& evaluate, std::vector<double>& t, const OuterLimits& limits) {
  OuterTrace trace(evaluate, t, limits);
  t.size() == 1 ? outer_bracket(trace) : outer_descent(trace);
  if (trace.best.known) t = trace.best.t;
  OuterReport report = trace.report;
  report.value = trace.best.value;
  const double scale = std::abs(report.value);
  report.left = scale > 0 ? trace.gain_left / scale : trace.gain_left;
  return report;
}

}  // namespace fenchel
