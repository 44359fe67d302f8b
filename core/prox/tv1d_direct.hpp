// tv1d_direct.hpp -- argmin_x  sum_i (x_i - y_i)^2 / 2 + lam sum_i |x_{i+1} - x_i|  by one scan with short returns.
//
// A piece grows as long as some value in [low, high] keeps its running sums within lam of the data's; when none does,
// the part up to the last touch of the bound is settled and the scan starts again behind it (Condat, A direct algorithm
// for 1-D total variation denoising, 2013). The bounds are kept as a maximum and a minimum of slopes, as a taut string
// has them, so that a step waits neither for a division nor for a guess of the processor. Quick on real signals,
// quadratic on adversarial ones: the caller gets the scan back, unfinished, after a budget of steps that is a multiple
// of n.
#pragma once
#include <algorithm>

#include "prox/vectors.hpp"

namespace fenchel {

class Tv1dScan {
 public:
  Tv1dScan(index n, double* y, double lam) : n_(n), y_(y), lam_(lam) {}

  // Settles y in place from the left; returns how many entries are settled. Where that is fewer than n, the first of
  // the rest has taken up the pull of its settled neighbour: the rest is a problem of its own.
  index run() {
    index budget = 8 * n_ + 64;
    while (first_ < n_) {
      if (budget <= 0) {
        y_[first_] -= left_;
        return first_;
      }
      budget -= scan();
    }
    return n_;
  }

 private:
  static constexpr index kBlock = 512;

  // Grows the piece that begins at first_ until it must end, and settles it. Returns the steps taken.
  index scan() {
    const double lam = lam_;
    const index first = first_;
    double low = -kInf, high = kInf, base = -left_;  // base: the sum up to here; by blocks, against rounding
    index low_end = first, high_end = first;
    for (index block = first; block < n_; block += kBlock) {
      double part = 0;
      for (index i = block; i < std::min(block + kBlock, n_); ++i) {
        part += y_[i];
        const double sum = base + part, inverse = 1 / static_cast<double>(i + 1 - first);
        const double least = (sum - lam) * inverse, most = (sum + lam) * inverse;
        if (most < low) return settle(low_end, -lam), i - first;
        if (least > high) return settle(high_end, lam), i - first;
        low_end = least >= low ? i : low_end;
        high_end = most <= high ? i : high_end;
        low = std::max(low, least);
        high = std::min(high, most);
      }
      base += part;
    }
    // At the end of the signal the running sum has to come back to 0.
    const double mean = base / static_cast<double>(n_ - first);
    if (mean < low)
      settle(low_end, -lam);
    else if (mean > high)
      settle(high_end, lam);
    else
      settle(n_ - 1, 0);
    return n_ - first;
  }

  // The piece from first_ to last gets the value of its sum with the pulls of both neighbours.
  void settle(index last, double pull) {
    const index length = last + 1 - first_;
    double sum = pull - left_;
    if (length < 16)
      for (index i = first_; i <= last; ++i) sum += y_[i];
    else
      sum += lane_sum(length, y_ + first_, [](double a) { return a; });
    std::fill(y_ + first_, y_ + last + 1, sum / static_cast<double>(length));
    first_ = last + 1;
    left_ = pull;
  }

  index n_;
  double* y_;
  double lam_, left_ = 0;  // left_: lam times the sign of the jump to first_
  index first_ = 0;
};

}  // namespace fenchel
