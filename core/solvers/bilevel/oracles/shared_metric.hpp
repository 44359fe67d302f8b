// shared_metric.hpp -- an approximate inverse Hessian, limited-memory BFGS, of pairs that several trajectories on
// (about) the same function give: Nocedal and Wright (2006), algorithm 7.4. Linear in what it is applied to, so that
// points stepped by the same metric keep the differences of their errors small.
#pragma once
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {

class SharedMetric {
 public:
  explicit SharedMetric(index n);
  // A change of point and that of its gradient; left out where its curvature is rounding. True: it was taken.
  bool see(const Vector& s, const Vector& y);
  // out = B in; B = longest I where no pair is known.
  void apply(const Vector& in, double longest, Vector& out);
  void forget() { count_ = 0; }
  index known() const { return count_; }

 private:
  static constexpr index kPairs = 30;
  struct Pair {
    Vector s, y;
    double sy = 0, weight = 0;
  };
  Pair& pair(index age) { return pairs_[size_of((last_ + kPairs - age) % kPairs)]; }  // 0: the youngest

  std::vector<Pair> pairs_;
  index last_ = 0, count_ = 0;
};

}  // namespace fenchel
