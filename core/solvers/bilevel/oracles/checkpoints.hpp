// checkpoints.hpp -- which iterates of a long iteration to keep so that going backwards through it computes few of them
// again: Griewank and Walther's binomial schedule (2000). With s kept iterates and r passes a step, C(s + r, s) steps
// can be reversed.
#pragma once
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {

// A stack of iterates with their numbers.
class Checkpoints {
 public:
  // Room for `slots` >= 1 iterates of length n.
  Checkpoints(index slots, index n) : n_(n), slots_(slots), values_(size_of(slots * n)), at_(size_of(slots)) {}

  void clear() { used_ = 0; }
  void push(index number, const double* x) {
    copy(x, n_, values_.data() + used_ * n_);
    at_[size_of(used_++)] = number;
    most_ = std::max(most_, used_);
  }
  void pop() { --used_; }
  index number() const { return at_[size_of(used_ - 1)]; }
  const double* x() const { return values_.data() + (used_ - 1) * n_; }
  index bytes() const { return most_ * n_ * static_cast<index>(sizeof(double)); }  // at the most, so far

  // How far to go from the iterate `from`, the youngest kept, before the next one is kept, where the steps up to `end`
  // are to be reversed; 0: keep none.
  index stride(index from, index end) const {
    const index length = end - from, slots = slots_ - used_ + 1;  // with the one at `from`
    if (slots < 2 || length < 2) return 0;
    index passes = 1;
    while (reversible(slots, passes) < static_cast<double>(length)) ++passes;
    const double most = reversible(slots, passes - 1);
    const double rest = static_cast<double>(length) - reversible(slots - 1, passes - 1);
    return static_cast<index>(std::max(1.0, std::min(most, rest)));
  }

 private:
  // C(slots + passes, slots), as far as it matters.
  static double reversible(index slots, index passes) {
    double out = 1;
    for (index k = 1; k <= std::min(slots, passes) && out < 1e18; ++k)
      out *= static_cast<double>(slots + passes - k + 1) / static_cast<double>(k);
    return out;
  }

  index n_, slots_, used_ = 0, most_ = 0;
  Vector values_;
  std::vector<index> at_;
};

}  // namespace fenchel
