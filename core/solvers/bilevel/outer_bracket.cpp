// outer_bracket.cpp -- one variable: the sign of the derivative is bracketed, the bracket cut by safeguarded secants.
#include <algorithm>
#include <cmath>

#include "solvers/bilevel/outer_trace.hpp"

namespace fenchel {
namespace {

class Bracket {
 public:
  explicit Bracket(OuterTrace& trace)
      : trace_(trace),
        logarithmic_(trace.limits.units == nullptr),
        here_(1),
        low_(1),
        high_(1),
        previous_(1),
        centre_(1) {}

  void search();

 private:
  bool descend(double stride);
  bool probe();
  bool closed() const;
  bool wide() const;
  double cut() const;
  double onwards(double& stride) const;
  double bend() const;

  OuterTrace& trace_;
  const bool logarithmic_;
  OuterPoint here_, low_, high_, previous_, centre_;  // low_, high_: slopes below and above 0
};

void Bracket::search() {
  here_.t = trace_.start;
  if (!trace_.at(here_)) return;
  for (int valley = 0; valley < 4; ++valley) {
    // A factor e first; not out of a valley found by a probe.
    if (!descend(valley == 0 ? trace_.units[0] : 0.25 * trace_.units[0])) return;
    if (!probe()) {
      trace_.report.converged = !trace_.report.stopped && !trace_.exhausted() && !trace_.report.walled;
      return;
    }
  }
  trace_.report.converged = !trace_.report.walled;
}

// A criterion over nonsmooth solutions may have several valleys: looks beside the best point, and finds a better one or
// not.
bool Bracket::probe() {
  centre_ = trace_.best;
  if (centre_.gradient[0] == 0) return false;  // flat, or exactly stationary
  const auto better_than_centre = [&](const OuterPoint& p) {
    return p.value < centre_.value && !trace_.small(centre_.value - p.value);
  };
  const double unit = logarithmic_ || centre_.t[0] == 0 ? trace_.units[0] : std::abs(centre_.t[0]);
  for (const double offset : {0.2, 0.6, -0.2, -0.6}) {  // the way back and forth is warm
    here_.t[0] = trace_.within(0, centre_.t[0] + offset * unit);
    if (!trace_.at(here_, trace_.limits.values_alone)) return false;
    if (!better_than_centre(here_)) continue;
    if (trace_.limits.values_alone && !trace_.at(here_)) return false;
    if (better_than_centre(here_)) return true;
  }
  return false;
}

// From the evaluated point here_ down to a bracketed minimum; false when stopped.
bool Bracket::descend(double stride) {
  low_.known = high_.known = trace_.report.walled = false;
  previous_ = here_;
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
    if (!trace_.at(here_)) return false;
  }
}

double Bracket::bend() const {
  const double step = here_.t[0] - previous_.t[0];
  return step == 0 ? 0.0 : (here_.gradient[0] - previous_.gradient[0]) / step;
}

// A little beyond the secant's root, to bracket it.
double Bracket::onwards(double& stride) const {
  const double slope = std::abs(here_.gradient[0]), curvature = bend();
  const double longest = logarithmic_ ? 2 * stride : 10 * stride;
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

double Bracket::cut() const {
  const double width = high_.t[0] - low_.t[0];
  const double secant = low_.t[0] + width * -low_.gradient[0] / (high_.gradient[0] - low_.gradient[0]);
  // A secant that keeps hitting one end, as beside a kink, is replaced by the middle.
  const bool lopsided = trace_.report.evaluations % 3 == 0 || (wide() && trace_.small(trace_.gain_left));
  return lopsided ? low_.t[0] + 0.5 * width : std::clamp(secant, low_.t[0] + 0.05 * width, high_.t[0] - 0.05 * width);
}

}  // namespace

void outer_bracket(OuterTrace& trace) { Bracket(trace).search(); }

}  // namespace fenchel
