// tuned_scale.hpp -- the free variables behind tuned values: t = log theta of weights, log(theta / (1 - theta)) of
// sample weights, which stay in (0, 1); and the caller's bounds, which values meet bit for bit.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "solvers/bilevel/tune.hpp"

namespace fenchel {

class TunedScale {
 public:
  TunedScale(const std::vector<TunedParameter>& parameters, const TuneSettings& settings)
      : low_(settings.low), high_(settings.high) {
    for (const TunedParameter& parameter : parameters)
      bounded_.insert(bounded_.end(), static_cast<std::size_t>(parameter.size), parameter.of_samples());
    if (!(low_ <= high_)) fail(Status::RANGE, "low is % and high %; legal: low <= high", low_, high_);
    for (std::size_t i = 0; i < bounded_.size(); ++i) {
      lows_.push_back(low_ > 0 ? unbound(i, std::min(low_, bounded_[i] ? 1.0 : kInf)) : -kInf);
      highs_.push_back(high_ < (bounded_[i] ? 1.0 : 1e300) ? unbound(i, high_) : kInf);
    }
  }
  std::size_t size() const { return bounded_.size(); }
  const std::vector<double>& lows() const { return lows_; }  // of the free variables
  const std::vector<double>& highs() const { return highs_; }
  // RANGE beyond the bounds.
  double free(std::size_t i, double theta) const {
    if (!(low_ <= theta && theta <= high_))
      fail(Status::RANGE, "theta[%] is %; legal: between low % and high %", static_cast<index>(i), theta, low_, high_);
    return unbound(i, theta);
  }
  double value(std::size_t i, double t) const {
    if (t == lows_[i]) return low_;
    if (t == highs_[i]) return high_;
    return std::clamp(bounded_[i] ? 1 / (1 + std::exp(-t)) : std::exp(t), low_, high_);
  }
  // d theta / d t
  double slope(std::size_t i, double theta) const { return bounded_[i] ? theta * (1 - theta) : theta; }

 private:
  double unbound(std::size_t i, double theta) const {
    return bounded_[i] ? std::log(theta) - std::log1p(-theta) : std::log(theta);
  }

  std::vector<bool> bounded_;
  double low_, high_;
  std::vector<double> lows_, highs_;
};

}  // namespace fenchel
