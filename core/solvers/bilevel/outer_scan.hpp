// outer_scan.hpp -- where to look next for a deeper valley of a function of one variable, from values and slopes.
//
// Between neighbours a < b the function is at least what parabolas from both ends allow (Breiman and Cutler, 1993),
//
//   max(v_a + g_a s - M s^2 / 2,  v_b - g_b r - M r^2 / 2),   s = t - a, r = b - t
//
// with M a multiple of the bend seen there and in the intervals beside (Sergeyev, 1998: local tuning), which a kink
// makes as large as it needs to be. The interval whose bound is lowest comes next, at the bound's lowest point; nothing
// is left where no bound is below what was found by a margin.
#pragma once
#include <vector>

#include "base/types.hpp"

namespace fenchel {

class OuterScan {
 public:
  explicit OuterScan(std::size_t capacity) { samples_.reserve(capacity); }

  void add(double t, double value, double slope);  // beyond the capacity: forgotten
  // NaN: nothing within [low, high] can be lower than the lowest by margin. No closer to samples than resolution.
  double next(double low, double high, double margin, double resolution) const;
  // Of the sample next to that at t, to the right or left: where it is, value and slope; false where there is none.
  bool beside(double t, bool right, double& at, double& value, double& slope) const;
  double least() const;
  double most() const;

 private:
  struct Sample {
    double t, value, slope;
  };
  double bend(std::size_t k) const;  // between samples k and k + 1
  std::vector<Sample> samples_;      // by t
};

}  // namespace fenchel
