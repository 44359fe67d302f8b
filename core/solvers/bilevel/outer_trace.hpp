// outer_trace.hpp -- what both outer searches share: counted evaluations, bounds, units, the best point.
#pragma once
#include "solvers/bilevel/outer_search.hpp"

namespace fenchel {

struct OuterPoint {
  explicit OuterPoint(std::size_t size) : t(size), gradient(size) {}

  std::vector<double> t, gradient;
  double value = kInf;
  bool known = false;  // evaluated, with its gradient
  bool refused() const { return known && value == kInf; }
};

class OuterTrace {
 public:
  OuterTrace(const OuterFunction& evaluate, const std::vector<double>& start, const OuterLimits& limits);

  // Evaluates at p.t. False: stop, whatever the reason.
  bool at(OuterPoint& p, bool value_alone = false);

  double lower(std::size_t i) const { return low_[i]; }
  double upper(std::size_t i) const { return high_[i]; }
  // `to` within the bounds; a few roundings beside one is at it.
  double within(std::size_t i, double to) const;
  // A bound holds p.t[i] against the descent.
  bool held(const OuterPoint& p, std::size_t i) const;
  // The gradient's norm over the variables that may still move down it.
  double slope(const OuterPoint& p) const;
  bool small(double gain) const;
  bool exhausted() const;

  const OuterLimits limits;
  const std::vector<double> start;
  std::vector<double> units;  // 1 for logarithms; set at the first evaluation
  OuterReport report;
  OuterPoint best;
  double gain_left = kInf;

 private:
  void keep(const OuterPoint& p);
  void set_units(const OuterPoint& first);

  const OuterFunction& evaluate_;
  std::vector<double> low_, high_;
  double least_ = kInf;
};

// One variable, several.
void outer_bracket(OuterTrace& trace);
void outer_descent(OuterTrace& trace);

}  // namespace fenchel
