#include "solvers/bilevel/outer_search.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

namespace fenchel {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

struct Point {
  Vector t, gradient;
  double value = kInf;
};

class Search {
 public:
  Search(const OuterFunction& evaluate, const Vector& start, const OuterLimits& limits)
      : evaluate_(evaluate), limits_(limits), start_(start) {}

  // False: stop, whatever the reason.
  bool at(Point& point, bool value_alone = false) {
    if (report.evaluations >= limits_.max_iter) return false;
    ++report.evaluations;
    point.gradient.resize(value_alone ? 0 : point.t.size());
    point.value = kInf;  // what it stays where evaluate stops before it knows
    report.stopped = !evaluate_(point.t, point.value, point.gradient);
    if (value_alone) return !report.stopped;
    if (point.value < best.value) best = point;
    if (point.t.size() == 1 && point.value == kInf && !best.t.empty())  // refused: uphill, seen from the best
      point.gradient[0] = std::copysign(std::abs(best.gradient[0]), point.t[0] - best.t[0]);
    return !report.stopped;
  }
  double lower(std::size_t i) const {
    return std::max(start_[i] - limits_.half_width, limits_.low == nullptr ? -kInf : (*limits_.low)[i]);
  }
  double upper(std::size_t i) const {
    return std::min(start_[i] + limits_.half_width, limits_.high == nullptr ? kInf : (*limits_.high)[i]);
  }
  bool small(double gain) const { return gain <= limits_.tol * std::abs(best.value); }

  void one();
  bool descend(Point p, double stride);
  bool probe(Point& better);
  void several();

  OuterReport report;
  Point best;

 private:
  double leave(const Point& p) const;
  Vector direction(const Point& p) const;
  void remember(const Point& from, const Point& to);

  const OuterFunction& evaluate_;
  const OuterLimits limits_;
  const Vector start_;
  std::deque<std::pair<Vector, Vector>> pairs_;  // (step, change of gradient)
  double gain_left_ = kInf;

  friend OuterReport fenchel::outer_search(const OuterFunction&, Vector&, const OuterLimits&);
};

void Search::one() {
  Point p{start_, {}, kInf};
  if (!at(p)) return;
  for (int valley = 0; valley < 4; ++valley) {
    if (!descend(p, valley == 0 ? 1 : 0.25)) return;  // a factor e; not out of a valley found by a probe
    if (!probe(p)) {
      report.converged = !report.stopped && report.evaluations < limits_.max_iter;
      return;
    }
  }
  report.converged = true;
}

// A criterion over nonsmooth solutions may have several valleys: looks beside the best point, and finds a better one or
// not.
bool Search::probe(Point& better) {
  const Point centre = best;
  if (centre.gradient[0] == 0) return false;  // flat, or exactly stationary
  const auto better_than_centre = [&](const Point& p) {
    return p.value < centre.value && !small(centre.value - p.value);
  };
  for (const double offset : {0.2, 0.6, -0.2, -0.6}) {  // the way back and forth is warm
    Point p{{std::clamp(centre.t[0] + offset, lower(0), upper(0))}, {}, kInf};
    if (!at(p, limits_.values_alone)) return false;
    if (!better_than_centre(p)) continue;
    if (limits_.values_alone && !at(p)) return false;
    if (better_than_centre(p)) {
      better = p;
      return true;
    }
  }
  return false;
}

// From an evaluated point down to a bracketed minimum; false when stopped.
bool Search::descend(Point p, double stride) {
  Point low, high;  // slopes below and above 0
  Point previous = p;
  for (;;) {
    (p.gradient[0] > 0 ? high : low) = p;
    const bool bracketed = !low.t.empty() && !high.t.empty();
    const double slope = p.gradient[0];
    double next = 0;
    if (bracketed) {
      const double width = high.t[0] - low.t[0];
      gain_left_ = 0.5 * width * std::min(-low.gradient[0], high.gradient[0]);
      // A wide bracket with one end on a plateau, where weights no longer matter, tells little of what is between.
      const bool wide = width > 1;
      if ((small(gain_left_) && !wide) || width < 1e-10) return true;
      const double secant = low.t[0] + width * -low.gradient[0] / (high.gradient[0] - low.gradient[0]);
      // A secant that keeps hitting one end, as beside a kink, is replaced by the middle.
      const bool lopsided = report.evaluations % 3 == 0 || (wide && small(gain_left_));
      next = lopsided ? low.t[0] + 0.5 * width : std::clamp(secant, low.t[0] + 0.05 * width, high.t[0] - 0.05 * width);
    } else {
      const double bend = p.t[0] == previous.t[0] ? 0.0 : (slope - previous.gradient[0]) / (p.t[0] - previous.t[0]);
      gain_left_ = bend > 0 ? 0.5 * slope * slope / bend : std::abs(slope);
      const double edge = slope > 0 ? lower(0) : upper(0);
      if (slope == 0 || p.t[0] == edge || (bend > 0 && small(gain_left_))) {
        gain_left_ = slope == 0 || p.t[0] == edge ? 0.0 : gain_left_;
        return true;
      }
      // A little beyond the secant's root, to bracket it.
      const double move = bend > 0 ? std::clamp(1.1 * std::abs(slope) / bend, 0.1 * stride, 2 * stride) : stride;
      next = std::clamp(p.t[0] + (slope > 0 ? -move : move), lower(0), upper(0));
      stride *= 2;
    }
    previous = p;
    p.t[0] = next;
    if (!at(p)) return false;
  }
}

// The gradient's norm over the coordinates that may still move down it.
double Search::leave(const Point& p) const {
  double sum = 0;
  for (std::size_t i = 0; i < p.t.size(); ++i) {
    const bool held = (p.t[i] <= lower(i) && p.gradient[i] > 0) || (p.t[i] >= upper(i) && p.gradient[i] < 0);
    if (!held) sum += p.gradient[i] * p.gradient[i];
  }
  return std::sqrt(sum);
}

Vector Search::direction(const Point& p) const {
  Vector d = p.gradient;
  Vector alphas;
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    alphas.push_back(dot(pair->first, d) / dot(pair->first, pair->second));
    for (std::size_t i = 0; i < d.size(); ++i) d[i] -= alphas.back() * pair->second[i];
  }
  double scale = 0;
  for (const double g : p.gradient) scale = std::max(scale, std::abs(g));
  scale = pairs_.empty()
              ? 1 / std::max(scale, 1e-300)  // the first step: a factor e for the steepest
              : dot(pairs_.back().first, pairs_.back().second) / dot(pairs_.back().second, pairs_.back().second);
  for (double& v : d) v *= scale;
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    const auto& [s, y] = pairs_[k];
    const double beta = dot(y, d) / dot(s, y);
    for (std::size_t i = 0; i < d.size(); ++i) d[i] += s[i] * (alphas[pairs_.size() - 1 - k] - beta);
  }
  for (double& v : d) v = -v;
  if (!(dot(d, p.gradient) < 0))
    for (std::size_t i = 0; i < d.size(); ++i) d[i] = -p.gradient[i];
  for (double& v : d) v = std::clamp(v, -3.0, 3.0);  // no value moves by more than a factor of 20 at once
  return d;
}

void Search::remember(const Point& from, const Point& to) {
  Vector s(to.t), y(to.gradient);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] -= from.t[i], y[i] -= from.gradient[i];
  if (dot(s, y) > 1e-10 * std::sqrt(dot(s, s) * dot(y, y))) pairs_.emplace_back(std::move(s), std::move(y));
  if (pairs_.size() > 10) pairs_.pop_front();
}

void Search::several() {
  Point p{start_, {}, kInf};
  if (!at(p)) return;
  int idle = 0;
  for (;;) {
    if (leave(p) == 0) {
      gain_left_ = 0;
      report.converged = true;
      return;
    }
    const Vector d = direction(p);
    Point trial{p.t, {}, kInf};
    double step = 1;
    bool better = false;
    for (int cut = 0; cut < 12 && !better; ++cut, step *= 0.3) {
      double slope = 0;
      for (std::size_t i = 0; i < d.size(); ++i) {
        trial.t[i] = std::clamp(p.t[i] + step * d[i], lower(i), upper(i));
        slope += p.gradient[i] * (trial.t[i] - p.t[i]);
      }
      if (!(slope < 0)) break;
      if (!at(trial)) return;
      better = trial.value <= p.value + 1e-4 * slope;
    }
    if (!better) {  // no descent along it: once more along the gradient, then it is a kink or a minimum
      if (pairs_.empty()) {
        report.converged = true;
        gain_left_ = 0;
        return;
      }
      pairs_.clear();
      continue;
    }
    const double gain = p.value - trial.value;
    gain_left_ = gain;
    remember(p, trial);
    p = trial;
    idle = small(gain) ? idle + 1 : 0;
    if (idle == 3) {
      report.converged = true;
      return;
    }
  }
}

}  // namespace

OuterReport outer_search(const OuterFunction& evaluate, std::vector<double>& t, const OuterLimits& limits) {
  Search search(evaluate, t, limits);
  if (t.size() == 1)
    search.one();
  else
    search.several();
  if (!search.best.t.empty()) t = search.best.t;
  search.report.value = search.best.value;
  const double scale = std::abs(search.best.value);
  search.report.left = scale > 0 ? search.gain_left_ / scale : search.gain_left_;
  return search.report;
}

}  // namespace fenchel
