// weighted.hpp -- separable terms with a weight `lam` and weights w_j: the two parameters and what follows from them.
//
// The level of coordinate j is lam w_j. An infinite w_j fixes x_j at 0 (also with lam = 0): its level is infinite.
#pragma once
#include <algorithm>
#include <cmath>

#include "prox/separable.hpp"

namespace fenchel {

inline constexpr ParamInfo kLam = real_param("lam", 1.0, 0.0, 1e300, "weight of the term");
// Of a penalty, which pulls towards 0.
inline constexpr ParamInfo kPenaltyWeights =
    array_param("weights", 0.0, kInf, "(n) weights w_j; 0 leaves x_j free, inf fixes it at 0");
// Of a loss, one an observation.
inline constexpr ParamInfo kSampleWeights =
    array_param("weights", 0.0, 1e300, "(n) weights w_j; 0 leaves the observation out");

template <class Self>
class WeightedProx : public SeparableProx<Self> {
 public:
  explicit WeightedProx(const Params& params) : WeightedProx(params, params.real("lam")) {}
  WeightedProx(const Params& params, double lam) : lam_(lam), weights_(copy_doubles(params.array("weights"))) {
    least_ = weights_.empty() ? lam : kInf;
    most_ = weights_.empty() ? lam : 0;
    for (const double w : weights_) {
      least_ = std::min(least_, w == kInf ? kInf : lam * w);
      if (w == kInf)
        fixed_ = true;
      else
        most_ = std::max(most_, lam * w);
    }
  }
  index size() const final { return weights_.empty() ? kAnySize : static_cast<index>(weights_.size()); }

 protected:
  double level(index j) const {
    if (weights_.empty()) return lam_;
    const double w = weights_[static_cast<std::size_t>(j)];
    return w == kInf ? kInf : lam_ * w;
  }
  const double* weights() const { return weights_.empty() ? nullptr : weights_.data(); }
  double lam() const { return lam_; }
  kernels::SeparableRule rule_of(kernels::SeparableRule::Kind kind) const {
    kernels::SeparableRule rule;
    rule.kind = kind;
    rule.lam = lam_;
    rule.weights = weights();
    rule.fixed = fixed_;
    return rule;
  }
  double least() const { return least_; }  // of the levels
  double most() const { return most_; }    // of the finite levels
  // For caps(): finite everywhere unless a weight is infinite.
  unsigned full_domain() const { return fixed_ ? 0U : static_cast<unsigned>(PROX_FULL_DOMAIN); }

 private:
  double lam_;
  std::vector<double> weights_;
  double least_ = 0, most_ = 0;
  bool fixed_ = false;
};

}  // namespace fenchel
