// outer_bracket.cpp -- one variable: the sign of the derivative is bracketed, the bracket cut where a cubic is least.
#include <algorithm>
#include <cmath>

#include "solvers/bilevel/outer_scan.hpp"
#include "solvers/bilevel/outer_trace.hpp"

namespace fenchel {
namespace {

constexpr double kFlat = 1e-3;  // of a value: what is seen differs by less on a plateau
constexpr int kValleys = 8;
constexpr double kFar = 2.0;     // a valley is about as wide, in the logarithm
constexpr double kWindow = 2.5;  // units to both sides of the best that a scan covers

// Where the cubic through both values and slopes is least; NaN where it has no such point. Nocedal and Wright (2006),
// (3.59).
double cubic_minimum(const OuterPoint& low, const OuterPoint& high) {
  const double width = high.t[0] - low.t[0], a = low.gradient[0], b = high.gradient[0];
  const double c = a + b + 3 * (low.value - high.value) / width, root = std::sqrt(c * c - a * b);
  return high.t[0] - width * (b + root - c) / (b - a + 2 * root);
}

class Bracket {
 public:
  explicit Bracket(OuterTrace& trace)
      : trace_(trace),
        logarithmic_(trace.limits.units == nullptr),
        here_(1),
        low_(1),
        high_(1),
        previous_(1),
        centre_(1),
        seen_(static_cast<std::size_t>(trace.limits.scan) + 64),
        left_(trace.limits.scan) {}

  void search();

 private:
  bool at(OuterPoint& p, bool value_alone = false);
  bool descend(double stride);
  bool probe();
  bool far();
  bool scan();
  bool hunt(double low, double high, index& left);
  bool better(const OuterPoint& p) const;
  // Descents that are to come need evaluations, too.
  bool late() const { return trace_.report.evaluations > trace_.limits.max_iter / 2; }
  bool closed() const;
  bool wide() const;
  double cut();
  double onwards(double& stride) const;
  double bend() const;

  OuterTrace& trace_;
  const bool logarithmic_;
  int cuts_ = 0;                                      // of the present valley's bracket
  OuterPoint here_, low_, high_, previous_, centre_;  // low_, high_: slopes below and above 0
  OuterScan seen_;
  index left_;                              // evaluations of the scan
  double lowest_ = kInf, highest_ = -kInf;  // values
};

void Bracket::search() {
  here_.t = trace_.start;
  if (!at(here_)) return;
  for (int valley = 0;; ++valley) {
    // A factor e first; not out of a valley found since.
    if (!descend(valley == 0 ? trace_.units[0] : 0.25 * trace_.units[0])) return;
    if (valley < kValleys && (probe() || far() || scan())) continue;
    trace_.report.converged = !trace_.report.stopped && !trace_.exhausted() && !trace_.report.walled;
    return;
  }
}

bool Bracket::at(OuterPoint& p, bool value_alone) {
  const bool went_on = trace_.at(p, value_alone);
  if (p.value < kInf) {
    lowest_ = std::min(lowest_, p.value);
    highest_ = std::max(highest_, p.value);
    if (!value_alone) seen_.add(p.t[0], p.value, p.gradient[0]);
  }
  return went_on;
}

bool Bracket::better(const OuterPoint& p) const {
  return p.value < centre_.value && !trace_.small(centre_.value - p.value);
}

// A criterion over nonsmooth solutions may have several valleys: looks beside the best point, and finds a better one or
// not.
bool Bracket::probe() {
  centre_ = trace_.best;
  if (centre_.gradient[0] == 0) return false;  // flat, or exactly stationary
  const double unit = logarithmic_ || centre_.t[0] == 0 ? trace_.units[0] : std::abs(centre_.t[0]);
  for (const double offset : {0.2, 0.6, -0.2, -0.6}) {  // the way back and forth is warm
    here_.t[0] = trace_.within(0, centre_.t[0] + offset * unit);
    if (!at(here_, trace_.limits.values_alone)) return false;
    if (!better(here_)) continue;
    if (trace_.limits.values_alone && !at(here_)) return false;
    if (better(here_)) return true;
  }
  return false;
}

// All that was seen may be a plateau, of weights that no longer matter or that leave nothing: looks far to both sides,
// and between where slopes say so.
bool Bracket::far() {
  if (!logarithmic_ || trace_.report.stopped || late() || highest_ - lowest_ > kFlat * std::abs(lowest_)) return false;
  centre_ = trace_.best;
  const double downhill = centre_.gradient[0] < 0 ? 1.0 : -1.0;
  for (const double side : {downhill, -downhill})
    for (double offset = kFar; offset <= 16 * kFar; offset += kFar) {
      const double from = here_.t[0];
      here_.t[0] = trace_.within(0, centre_.t[0] + side * offset);
      if (here_.t[0] == centre_.t[0] || here_.t[0] == from) break;
      if (!at(here_)) return false;
      if (better(here_)) return true;
    }
  index left = 16;
  return hunt(trace_.lower(0), trace_.upper(0), left);
}

bool Bracket::scan() {
  if (left_ == 0 || trace_.report.stopped || late()) return false;
  centre_ = trace_.best;
  const double unit = trace_.units[0];
  const double low = trace_.within(0, centre_.t[0] - kWindow * unit);
  const double high = trace_.within(0, centre_.t[0] + kWindow * unit);
  for (const double edge : {high, low}) {
    here_.t[0] = edge;
    if (edge == centre_.t[0] || left_ == 0) continue;
    if (!at(here_)) return false;
    --left_;
  }
  return hunt(low, high, left_);
}

// Looks where a deeper valley may be; false: it is nowhere, or no evaluations are left, or the search stopped.
bool Bracket::hunt(double low, double high, index& left) {
  for (; left > 0 && !late(); --left) {
    const double margin = 0.1 * trace_.limits.tol * std::abs(trace_.best.value);
    here_.t[0] = seen_.next(low, high, margin, 1e-3 * trace_.units[0]);
    if (std::isnan(here_.t[0])) break;
    if (!at(here_)) return false;
  }
  here_ = trace_.best;
  return better(here_);
}

// From the evaluated point here_ down to a bracketed minimum; false when stopped.
bool Bracket::descend(double stride) {
  low_.known = high_.known = trace_.report.walled = false;
  previous_ = here_;
  // What is known beside it may close the bracket at once: a step out may end in another valley.
  const bool right = here_.gradient[0] < 0;
  OuterPoint& other = right ? high_ : low_;
  if (seen_.beside(here_.t[0], right, other.t[0], other.value, other.gradient[0]))
    other.known = right ? other.gradient[0] > 0 : other.gradient[0] < 0;
  cuts_ = 0;
  for (;;) {
    (here_.gradient[0] > 0 ? high_ : low_) = here_;
    double next = 0;
    if (low_.known && high_.known) {
      if (closed()) {
        const bool wall = low_.refused() || high_.refused();  // the slope there was made up
        trace_.report.walled = wall && !trace_.small(std::abs(trace_.best.gradient[0]) * trace_.units[0]);
        return true;
      }
      next = cut();
    } else {
      const double slope = here_.gradient[0], curvature = bend();
      trace_.gain_left = curvature > 0 ? 0.5 * slope * slope / curvature : std::abs(slope) * trace_.units[0];
      if (slope == 0 || trace_.held(here_, 0)) trace_.gain_left = 0;
      if (trace_.gain_left == 0 || (curvature > 0 && trace_.small(trace_.gain_left))) return true;
      next = onwards(stride);
    }
    previous_ = here_;
    here_.t[0] = next;
    if (!at(here_)) return false;
  }
}

double Bracket::bend() const {
  const double step = here_.t[0] - previous_.t[0];
  return step == 0 ? 0.0 : (here_.gradient[0] - previous_.gradient[0]) / step;
}

// A little beyond the secant's root, to bracket it.
double Bracket::onwards(double& stride) const {
  const double slope = std::abs(here_.gradient[0]), curvature = bend();
  const double longest = logarithmic_ ? stride : 10 * stride;
  const double move = curvature > 0 ? std::clamp(1.1 * slope / curvature, 0.1 * stride, longest) : stride;
  stride = logarithmic_ ? 2 * stride : std::max(4 * stride, move);
  return trace_.within(0, here_.t[0] + (here_.gradient[0] > 0 ? -move : move));
}

// Whether the bracket is small; sets what may be gained in it.
bool Bracket::closed() const {
  const double width = high_.t[0] - low_.t[0];
  trace_.gain_left = 0.5 * width * std::min(-low_.gradient[0], high_.gradient[0]);
  const double size =
      logarithmic_ ? 1.0 : std::max({std::abs(low_.t[0]), std::abs(high_.t[0]), 1e-6 * trace_.units[0]});
  // A wide bracket with one end on a plateau, where weights no longer matter, tells little of what is between.
  return (trace_.small(trace_.gain_left) && !wide()) || width < 1e-10 * size;
}

bool Bracket::wide() const {
  const double size = std::max(std::abs(low_.t[0]), std::abs(high_.t[0]));
  return high_.t[0] - low_.t[0] > (logarithmic_ ? 1.0 : std::max(trace_.units[0], 0.5 * size));
}

double Bracket::cut() {
  const double width = high_.t[0] - low_.t[0];
  double guess = cubic_minimum(low_, high_);  // NaN, too, beside a point that was refused
  if (!(guess > low_.t[0] && guess < high_.t[0]))
    guess = low_.t[0] + width * -low_.gradient[0] / (high_.gradient[0] - low_.gradient[0]);
  // A guess that keeps hitting one end, as beside a kink, is replaced by the middle.
  const bool lopsided = ++cuts_ % 3 == 0 || (wide() && trace_.small(trace_.gain_left));
  return lopsided ? low_.t[0] + 0.5 * width : std::clamp(guess, low_.t[0] + 0.05 * width, high_.t[0] - 0.05 * width);
}

}  // namespace

void outer_bracket(OuterTrace& trace) { Bracket(trace).search(); }

}  // namespace fenchel
