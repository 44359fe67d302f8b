// lower_line.hpp -- a point of the lower level, a line search from it, and the test for the floor of its accuracy:
// what L-BFGS and Newton's method share.
#pragma once
#include "solvers/bilevel/oracles/bilevel_oracles.hpp"
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {

struct LowerPoint {
  Vector x, gradient;
  double value = 0, residual = kInf;  // the gradient's norm

  void resize(index n) {
    x.resize(size_of(n));
    gradient.resize(size_of(n));
  }
  // Throws OutsideDomain.
  void evaluate(BilevelCalls& calls, const double* theta) {
    value = calls.lower(x.data(), theta, gradient.data(), nullptr);
    residual = norm2(gradient);
  }
};

// to = from + a d, downhill, with Armijo's condition or, where differences of values are rounding, the approximate one
// of Hager and Zhang (2005); with `wolfe` the slope has risen as well, by bisection (Lewis and Overton, 2013). `step`
// is the first a. Points outside the domain count as too far. False: no such point was found, `to` means nothing.
bool search_line(BilevelCalls& calls, const double* theta, const LowerPoint& from, const Vector& direction, double step,
                 bool wolfe, LowerPoint& to);

// The best point so far, and whether anything still improves: neither the residual nor the value has for `patience`
// points in a row where rounding is all that is left.
class LowerFloor {
 public:
  LowerFloor(index n, int patience) : patience_(patience) { x_.resize(size_of(n)); }
  void start() {
    residual_ = value_ = kInf;
    idle_ = 0;
  }
  // True: it is no use going on.
  bool reached(const LowerPoint& at) {
    const bool moves = at.residual < 0.99 * residual_ || at.value < value_ - 1e-13 * std::abs(value_);
    idle_ = moves || value_ == kInf ? 0 : idle_ + 1;
    if (at.residual < residual_) {
      residual_ = at.residual;
      x_ = at.x;
    }
    value_ = std::min(value_, at.value);
    return idle_ >= patience_;
  }
  const Vector& x() const { return x_; }
  double residual() const { return residual_; }

 private:
  Vector x_;
  double residual_ = kInf, value_ = kInf;
  int idle_ = 0;
  const int patience_;
};

}  // namespace fenchel
