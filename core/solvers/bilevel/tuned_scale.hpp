// tuned_scale.hpp -- the free variables behind tuned values: t = log theta of weights, log(theta / (1 - theta)) of
// sample weights, which stay in (0, 1).
#pragma once
#include <cmath>

#include "solvers/bilevel/tune.hpp"

namespace fenchel {

class TunedScale {
 public:
  explicit TunedScale(const std::vector<TunedParameter>& parameters) {
    for (const TunedParameter& parameter : parameters)
      bounded_.insert(bounded_.end(), static_cast<std::size_t>(parameter.size), parameter.of_samples());
  }
  std::size_t size() const { return bounded_.size(); }
  double free(std::size_t i, double theta) const {
    return bounded_[i] ? std::log(theta) - std::log1p(-theta) : std::log(theta);
  }
  double value(std::size_t i, double t) const { return bounded_[i] ? 1 / (1 + std::exp(-t)) : std::exp(t); }
  // d theta / d t
  double slope(std::size_t i, double theta) const { return bounded_[i] ? theta * (1 - theta) : theta; }

 private:
  std::vector<bool> bounded_;
};

}  // namespace fenchel
