// tv1d_solver.hpp -- argmin_x  sum_i (x_i - y_i)^2 / 2 + sum_i lam_i |x_{i+1} - x_i|  in O(n), whatever the data.
//
// Dynamic programming (Johnson, A dynamic programming algorithm for the fused lasso and L0-segmentation, 2013). The
// derivative of the best cost of x_0 .. x_i as a function of x_i is increasing and piecewise linear; going on to i + 1
// clips it to [-lam_i, lam_i] and adds x - y_{i+1}. Its knots lie in the middle of an array and are dropped from both
// ends: each is made and dropped once. Where it was clipped says how x_i follows from x_{i+1}. At the end every
// constant piece is set to what its own sum says, so that rounding does not pile up along the signal.
#pragma once
#include <algorithm>
#include <cmath>

#include "prox/prox.hpp"
#include "prox/tv1d_direct.hpp"

namespace fenchel {

class Tv1dSolver {
  struct Knot {
    double at, slope, offset;  // the derivative's line changes by slope x + offset there
  };
  struct Clip {
    double low, high;
  };

 public:
  static index bytes(index n) { return scratch_for<Knot>(2 * n) + scratch_for<Clip>(n); }
  Tv1dSolver(index n, Scratch scratch) : knots_(scratch.take<Knot>(2 * n)), clips_(scratch.take<Clip>(n)) {}

  // Equal weights: Condat's scan, which is quicker, and the dynamic programming for what it leaves.
  bool solve(index n, double* y, double lam) {
    return std::abs(lane_sum(n, y, [](double a) { return a; })) < kInf && solve_finite(n, y, lam);
  }
  // The same of a y whose sum is known to be finite.
  bool solve_finite(index n, double* y, double lam) {
    const index settled = Tv1dScan(n, y, lam).run();
    return settled == n || solve(n - settled, y + settled, [lam](index) { return lam; });
  }

  // lam(i), i < n - 1: finite, >= 0. In place. False where y holds a NaN or an infinity; y is then spoilt.
  template <class Lam>
  bool solve(index n, double* y, Lam&& lam) {
    const double mean = lane_sum(n, y, [](double a) { return a; }) / static_cast<double>(n);
    if (!(std::abs(mean) < kInf)) return false;
    // Around the mean, which keeps digits; and the mean is all there is where no running sum exceeds its bound.
    bool flat = true;
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      y[i] -= mean;
      sum += y[i];
      flat = flat && (i + 1 == n || std::abs(sum) <= lam(i));
    }
    if (flat)
      std::fill(y, y + n, sum / static_cast<double>(n));
    else
      pieces(n, y, lam, y);
    for (index i = 0; i < n; ++i) y[i] += mean;
    return true;
  }

 private:
  // n >= 2; x may be y.
  template <class Lam>
  void pieces(index n, const double* y, Lam&& lam, double* x) {
    const double last = forward(n, y, lam);
    double next = last, pull = 0;  // of the piece that ends at `end`; pull: lam times sign at its right end
    index end = n;
    for (index i = n - 1;; --i) {
      const double here = i == 0 ? next : std::clamp(next, clips_[i - 1].low, clips_[i - 1].high);
      if (i > 0 && here == next) continue;
      // The right neighbour's sign s_r and the left one's s_l: (end - i) value = sum + s_r lam_r - s_l lam_l.
      const double left = i == 0 ? 0 : here < next ? lam(i - 1) : -lam(i - 1);
      const double sum = lane_sum(end - i, y + i, [](double a) { return a; });
      const double value = (sum + (pull - left)) / static_cast<double>(end - i);
      std::fill(x + i, x + end, value);
      if (i == 0) return;
      pull = left;
      end = i;
      next = here;
    }
  }

  // Fills clips_ and returns x_{n-1}.
  template <class Lam>
  double forward(index n, const double* y, Lam&& lam) {
    index left = n - 1, right = n;
    double bound = lam(0);
    clips_[0] = {y[0] - bound, y[0] + bound};
    knots_[left] = {y[0] - bound, 1, bound - y[0]};
    knots_[right] = {y[0] + bound, -1, bound + y[0]};
    for (index i = 1; i < n - 1; ++i) {
      const double before = bound;
      bound = lam(i);
      double slope = 1, offset = -before - y[i];
      while (left <= right && slope * knots_[left].at + offset <= -bound) {
        slope += knots_[left].slope;
        offset += knots_[left++].offset;
      }
      const double low = (-bound - offset) / slope;
      const Knot low_knot{low, slope, offset + bound};
      slope = 1, offset = before - y[i];
      while (right >= left && slope * knots_[right].at + offset >= bound) {
        slope -= knots_[right].slope;
        offset -= knots_[right--].offset;
      }
      const double high = (bound - offset) / slope;
      knots_[--left] = low_knot;
      knots_[++right] = {high, -slope, bound - offset};
      clips_[i] = {low, std::max(low, high)};
    }
    double slope = 1, offset = -bound - y[n - 1];
    for (; left <= right && slope * knots_[left].at + offset <= 0; ++left) {
      slope += knots_[left].slope;
      offset += knots_[left].offset;
    }
    return -offset / slope;
  }

  Knot* knots_;
  Clip* clips_;
};

}  // namespace fenchel
