// momentum_policy.hpp -- how a proximal gradient method extrapolates. A policy sees numbers, never vectors.
//
//   y = x + toward (z - x) + along (x - x_before)
//
// z is what the last proximal step gave, x the iterate (z itself, except where a monotone rule kept the one before).
#pragma once
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

struct MomentumFacts {
  double before = kNaN;   // objective of the last iterate
  double now = kNaN;      // objective of z
  double noise = 0;       // of an objective, by rounding
  double alignment = 0;   // <y - z, z - x_before>: positive when momentum and gradient step point apart
  double step = 1;        // that led to z
  double step_ratio = 1;  // the step before over this one
};

struct Extrapolation {
  double toward = 0, along = 0;
  bool keep = false;     // the iterate stays where it was: z is worse
  bool restart = false;  // the extrapolation began again
};

class MomentumPolicy {
 public:
  virtual ~MomentumPolicy() = default;
  virtual bool still() const { return false; }  // never extrapolates
  virtual bool needs_objective() const { return false; }
  virtual bool needs_alignment() const { return false; }
  virtual void begin() = 0;
  virtual Extrapolation next(const MomentumFacts& facts) = 0;
};

// t_{k+1} = (1 + sqrt(1 + 4 r t_k^2)) / 2, r the ratio of the last step to the next: Beck and Teboulle (2009), with
// varying steps by Scheinberg, Goldfarb and Bai (2014).
inline double next_t(double t, double ratio) { return (1 + std::sqrt(1 + 4 * ratio * t * t)) / 2; }

}  // namespace fenchel
