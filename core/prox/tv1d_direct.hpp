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
#include <array>

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

  static constexpr auto kInverse = [] {
    std::array<double, kBlock + 1> table{};
    for (index k = 1; k <= kBlock; ++k) table[static_cast<std::size_t>(k)] = 1 / static_cast<double>(k);
    return table;
  }();

  // Grows the piece that begins at first_ until it must end, and settles it. Returns the steps taken.
  index scan() {
    const double lam = lam_;
    const index first = first_;
    double low = -kInf, high = kInf, base = -left_;  // base: the sum up to here; by blocks, against rounding
    index low_end = first, high_end = first;
    for (index block = first; block < n_; block += kBlock) {
      double part = 0;
      index i = block;
      const index end = std::min(block + kBlock, n_);
      bool below = false;
      // False where the piece must end. Most pieces are short: their divisions come from a table.
      const auto grow = [&](auto inverse_of) {
        for (; i < end; ++i) {
          part += y_[i];
          const double sum = base + part, inverse = inverse_of(i + 1 - first);
          const double least = (sum - lam) * inverse, most = (sum + lam) * inverse;
          if (static_cast<int>(most < low) | static_cast<int>(least > high)) {  // one guess of the processor, not two
            below = most < low;
            return false;
          }
          low_end = least >= low ? i : low_end;
          high_end = most <= high ? i : high_end;
          low = std::max(low, least);
          high = std::min(high, most);
        }
        return true;
      };
      const bool on = block == first ? grow([](index length) { return kInverse[static_cast<std::size_t>(length)]; })
                                     : grow([](index length) { return 1 / static_cast<double>(length); });
      if (!on) return settle(below ? low_end : high_end, below ? -lam : lam), i - first;
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
