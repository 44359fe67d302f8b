// outer_descent.cpp -- several variables: L-BFGS on those that no bound holds, with Armijo backtracking.
//
//   d = - H g over the free variables,   H from the last pairs (s, y) and H_0 = gamma diag(u^2),   gamma = s'y / y' u^2
//   y
//
// u are the units; for logarithms 1. A start of 0 says nothing of how far the minimum is: what a step may be long grows
// with steps that succeed, and a variable's unit grows tenfold where two steps in a row left its gradient as it was but
// not that of others. Pairs are of the variables themselves, so units may change between them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "solvers/bilevel/outer_trace.hpp"

namespace fenchel {
namespace {

using Vector = std::vector<double>;

constexpr std::size_t kPairs = 10;
constexpr double kLongest = 3.0;  // units: no logarithm moves by more than a factor of 20 at once
constexpr double kGrowth = 4.0;   // of that, where steps as long succeed

class Descent {
 public:
  explicit Descent(OuterTrace& trace)
      : trace_(trace),
        size_(trace.start.size()),
        logarithmic_(trace.limits.units == nullptr),
        here_(size_),
        trial_(size_),
        d_(size_),
        free_(size_),
        still_(size_),
        pairs_(kPairs, Pair{Vector(size_), Vector(size_)}) {}

  void search();

 private:
  struct Pair {  // of points and of gradients, the differences
    Vector s, y;
    double sy = 0, alpha = 0;  // over the free variables
  };
  Pair& newest(std::size_t k) { return pairs_[(first_ + count_ - 1 - k) % kPairs]; }

  double dot(const Vector& a, const Vector& b) const {
    double sum = 0;
    for (std::size_t i = 0; i < size_; ++i)
      if (free_[i] != 0) sum += a[i] * b[i];
    return sum;
  }
  bool curved(Pair& pair) const;
  void direction();
  void shorten();
  double first_scale(bool of_pair) const;
  bool line();
  double shorter(double step, double slope) const;
  void remember();
  void adapt_units();

  OuterTrace& trace_;
  const std::size_t size_;
  const bool logarithmic_;
  OuterPoint here_, trial_;
  Vector d_;
  std::vector<unsigned char> free_, still_;  // still_: how many steps left the gradient as it was
  std::vector<Pair> pairs_;                  // a ring
  std::size_t first_ = 0, count_ = 0;
  double step_ = 1;
  double longest_ = kLongest;  // units that a variable may move by; grows with success
  bool refused_ = false, cut_ = false, grew_ = false, ended_ = false;
};

void Descent::search() {
  here_.t = trace_.start;
  if (!trace_.at(here_)) return;
  for (int idle = 0; idle < 3;) {
    if (trace_.slope(here_) == 0) {
      trace_.gain_left = 0;
      break;
    }
    direction();
    if (!line()) {
      if (ended_) return;
      if (count_ == 0) {  // nor along the gradient: a kink or a minimum, or a wall
        trace_.gain_left = 0;
        break;
      }
      count_ = 0;
      continue;
    }
    trace_.gain_left = here_.value - trial_.value;
    remember();
    adapt_units();
    std::swap(here_, trial_);
    idle = trace_.small(trace_.gain_left) && !grew_ ? idle + 1 : 0;
  }
  trace_.report.walled = refused_ && trace_.slope(here_) > 0;
  trace_.report.converged = !trace_.report.walled;
}

// To d_; zero for variables that a bound holds.
void Descent::direction() {
  for (std::size_t i = 0; i < size_; ++i) {
    free_[i] = trace_.held(here_, i) ? 0 : 1;
    d_[i] = free_[i] != 0 ? here_.gradient[i] : 0.0;
  }
  for (std::size_t k = 0; k < count_; ++k) {
    Pair& pair = newest(k);
    if (!curved(pair)) continue;
    pair.alpha = dot(pair.s, d_) / pair.sy;
    for (std::size_t i = 0; i < size_; ++i) d_[i] -= free_[i] * pair.alpha * pair.y[i];
  }
  const double scale = first_scale(true);
  for (std::size_t i = 0; i < size_; ++i) d_[i] *= scale * trace_.units[i] * trace_.units[i];
  for (std::size_t k = count_; k-- > 0;) {
    const Pair& pair = newest(k);
    if (pair.sy == 0) continue;
    const double beta = dot(pair.y, d_) / pair.sy;
    for (std::size_t i = 0; i < size_; ++i) d_[i] += free_[i] * pair.s[i] * (pair.alpha - beta);
  }
  const bool descends = dot(d_, here_.gradient) > 0;
  const double plain = descends ? 0.0 : first_scale(false);
  for (std::size_t i = 0; i < size_; ++i) {
    const double u = trace_.units[i];
    d_[i] = descends ? -d_[i] : -free_[i] * plain * u * u * here_.gradient[i];
  }
  shorten();
}

// Logarithms one by one: each is a factor. Others together, which keeps the direction.
void Descent::shorten() {
  double most = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    if (logarithmic_) d_[i] = std::clamp(d_[i], -kLongest, kLongest);
    most = std::max(most, std::abs(d_[i]) / trace_.units[i]);
  }
  cut_ = most > longest_;
  if (!cut_) return;
  for (double& d : d_) d *= longest_ / most;
}

// gamma of H_0: of the newest pair, else one unit for the steepest.
double Descent::first_scale(bool of_pair) const {
  for (std::size_t k = 0; of_pair && k < count_; ++k) {
    const Pair& pair = pairs_[(first_ + count_ - 1 - k) % kPairs];
    if (pair.sy == 0) continue;
    double sum = 0;
    for (std::size_t i = 0; i < size_; ++i)
      if (free_[i] != 0) sum += pair.y[i] * pair.y[i] * trace_.units[i] * trace_.units[i];
    return pair.sy / sum;
  }
  double steepest = 0;
  for (std::size_t i = 0; i < size_; ++i)
    if (free_[i] != 0) steepest = std::max(steepest, std::abs(here_.gradient[i]) * trace_.units[i]);
  return 1 / std::max(steepest, std::numeric_limits<double>::min());
}

// A trial_ that descends; false where there is none along d_, or the search stopped.
bool Descent::line() {
  step_ = refused_ ? std::min(1.0, 3 * step_) : 1.0;  // not far behind the wall again
  refused_ = false;
  for (int cut = 0; cut < 12; ++cut) {
    double slope = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      trial_.t[i] = trace_.within(i, here_.t[i] + step_ * d_[i]);
      slope += here_.gradient[i] * (trial_.t[i] - here_.t[i]);
    }
    if (!(slope < 0)) return false;
    ended_ = !trace_.at(trial_);
    if (ended_) return false;
    if (trial_.value <= here_.value + 1e-4 * slope) return true;
    refused_ = refused_ || trial_.refused();
    step_ = shorter(step_, slope);
  }
  return false;
}

// Logarithms are never far too long; of other variables a parabola says by how much.
double Descent::shorter(double step, double slope) const {
  if (logarithmic_ || trial_.refused()) return 0.3 * step;
  const double share = -0.5 * slope / (trial_.value - here_.value - slope);
  return std::clamp(share, 0.1, 0.3) * step;
}

void Descent::remember() {
  Pair& pair = pairs_[(first_ + count_) % kPairs];
  for (std::size_t i = 0; i < size_; ++i) {
    pair.s[i] = trial_.t[i] - here_.t[i];
    pair.y[i] = trial_.gradient[i] - here_.gradient[i];
  }
  if (count_ == kPairs) {
    first_ = (first_ + 1) % kPairs;  // the oldest was overwritten
    --count_;
  }
  std::fill(free_.begin(), free_.end(), static_cast<unsigned char>(1));
  if (curved(pair)) ++count_;
}

// Whether the function bends up along the free part of the step, enough to divide by: sets sy, 0 where not.
bool Descent::curved(Pair& pair) const {
  double ss = 0, yy = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    if (free_[i] == 0) continue;
    const double u = trace_.units[i];
    ss += pair.s[i] * pair.s[i] / (u * u);
    yy += pair.y[i] * pair.y[i] * (u * u);
  }
  pair.sy = dot(pair.s, pair.y);
  if (!(pair.sy > 1e-10 * std::sqrt(ss * yy))) pair.sy = 0;
  return pair.sy > 0;
}

void Descent::adapt_units() {
  grew_ = false;
  if (logarithmic_) return;
  if (step_ < 1)
    longest_ = std::max(kLongest, longest_ / kGrowth);
  else if (cut_)
    longest_ *= kGrowth;
  bool all = true;  // then the units are alike, and longest_ is what grows
  for (std::size_t i = 0; i < size_; ++i) {
    const double s = trial_.t[i] - here_.t[i], y = trial_.gradient[i] - here_.gradient[i];
    const bool same = s != 0 && std::abs(y) <= 0.01 * std::abs(here_.gradient[i]) && !trace_.held(trial_, i);
    still_[i] = same ? static_cast<unsigned char>(std::min(still_[i] + 1, 2)) : 0;
    all = all && (same || s == 0);
  }
  for (std::size_t i = 0; i < size_ && !all; ++i) {
    if (still_[i] < 2) continue;
    trace_.units[i] *= 10;
    grew_ = true;
  }
}

}  // namespace

void outer_descent(OuterTrace& trace) { Descent(trace).search(); }

}  // namespace fenchel
