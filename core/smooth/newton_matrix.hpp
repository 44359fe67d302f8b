// newton_matrix.hpp -- the Hessian of a smooth term at one x, or a matrix near it that makes better Newton steps, for
// many products with it.
#pragma once
#include <memory>

#include "base/scratch.hpp"

namespace fenchel {

class NewtonMatrix {
 public:
  virtual ~NewtonMatrix() = default;
  // At x, which stays as it is until the next call. exact: the Hessian itself.
  virtual void prepare(const double* x, bool exact, Scratch scratch) = 0;
  virtual void apply(const double* v, double* out, Scratch scratch) const = 0;  // out = M v
  virtual bool diagonal(double* out, Scratch scratch) const = 0;                // false: not known
  // A step dx is about to be made from the x prepared: what the matrix carries from step to step follows.
  virtual void advance(const double* dx, Scratch scratch) { (void)dx, (void)scratch; }
};

}  // namespace fenchel
