// kl.cpp -- g(x) = lam sum_j w_j (x_j - b_j log x_j) over x >= 0: the Poisson likelihood of counts b_j
//
// prox     with t = step lam w_j: (v - t + sqrt((v - t)^2 + 4 b_j t)) / 2
// offers   separable, vector step, vjp, conjugate s b_j (log(s b_j / (s - u_j)) - 1), s = lam w_j, over u_j < s
#include "prox/positive_root.hpp"
#include "prox/weighted.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kLam,
    real_param("count", 1.0, 0.0, 1e300, "b of every coordinate"),
    array_param("counts", 0.0, 1e300, "(n) b_j, instead of count"),
    kSampleWeights,
};

class Kl final : public SeparableProx<Kl> {
 public:
  explicit Kl(const Params& params)
      : lam_(params.real("lam")),
        count_(params.real("count")),
        counts_(copy_doubles(params.array("counts"))),
        weights_(copy_doubles(params.array("weights"))) {
    if (!counts_.empty() && !weights_.empty() && counts_.size() != weights_.size())
      fail(Status::SHAPE, "counts has % elements, weights %; legal: as many", static_cast<index>(counts_.size()),
           static_cast<index>(weights_.size()));
  }
  unsigned caps() const override { return PROX_CONVEX | PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_CONJUGATE; }
  index size() const override {
    const std::size_t count = std::max(counts_.size(), weights_.size());
    return count == 0 ? kAnySize : static_cast<index>(count);
  }

  double scalar_prox(index j, double v, double step) const {
    const double t = step * level(j);
    return positive_root(v - t, t * count(j));
  }
  double scalar_slope(index j, double v, double step) const {
    const double t = step * level(j);
    return positive_root_slope(v - t, t * count(j));
  }
  double scalar_value(index j, double x) const {
    if (x < 0) return kInf;
    return level(j) == 0 ? 0 : level(j) * (x - (count(j) == 0 ? 0 : count(j) * std::log(x)));
  }
  double scalar_conjugate(index j, double u) const {
    const double s = level(j), mass = s * count(j), rest = s - u;
    if (mass == 0) return rest >= 0 ? 0 : kInf;
    return rest > 0 ? mass * (std::log(mass / rest) - 1) : kInf;
  }
  double scalar_distance(index j, double x, double grad) const {
    const double mass = level(j) * count(j);
    if (x > 0) return std::abs(grad + level(j) - mass / x);
    return x == 0 && mass == 0 ? std::max(0.0, -grad - level(j)) : kInf;
  }

 private:
  double level(index j) const { return weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(j)]; }
  double count(index j) const { return counts_.empty() ? count_ : counts_[static_cast<std::size_t>(j)]; }
  double lam_, count_;
  std::vector<double> counts_, weights_;
};

}  // namespace

const TermInfo& term_kl() {
  static constexpr TermInfo info{TermKind::prox, "kl",
                                 "lam sum_j w_j (x_j - b_j log x_j) over x >= 0: the Poisson likelihood of counts b_j",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Kl>(p); }};
  return info;
}

}  // namespace fenchel
