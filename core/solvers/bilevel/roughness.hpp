// roughness.hpp -- how roughly solutions may be solved while a search of one logarithm is far from its end.
//
// A value that is off by less than a third of what the slope there promises to gain misleads nobody; near the least
// value the slope vanishes, and the solves become accurate by themselves, down to half of the search's tolerance.
// Pedregosa, Hyperparameter optimization with approximate gradient (2016), lowers a tolerance by a schedule instead.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/types.hpp"

namespace fenchel {

class Roughness {
 public:
  Roughness() = default;  // none: everything in full
  explicit Roughness(double tol) : tol_(tol), now_(0.1) {}
  double now() const { return now_; }

  // Whether a value with this estimated error, 0 for none, serves the search; else now() is lower. Values alone are
  // compared with others only, and taken again with their slope where they promise something.
  bool will_do(const std::vector<double>& t, double value, const std::vector<double>& gradient, double error) {
    if (gradient.size() != 1) return true;
    const double slope = std::abs(gradient[0]);
    const double bend = std::isnan(t_) || t[0] == t_ ? slope : std::abs((gradient[0] - gradient_) / (t[0] - t_));
    const double gain = 0.5 * slope * (bend > slope ? slope / bend : 1.0);
    if (now_ > 0 && error > std::max(0.3 * gain, 0.5 * tol_ * std::abs(value))) {
      now_ = now_ > kFinest ? kTighter * now_ : 0.0;
      return false;
    }
    if (gradient[0] * gradient_ < 0) now_ *= kTighter;  // a bracket: the next slope will be small
    t_ = t[0];
    gradient_ = gradient[0];
    return true;
  }

 private:
  static constexpr double kFinest = 1e-5, kTighter = 0.25;
  double tol_ = 0, now_ = 0, t_ = kNaN, gradient_ = 0;
};

}  // namespace fenchel
