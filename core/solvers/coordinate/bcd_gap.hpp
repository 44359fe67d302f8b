// bcd_gap.hpp -- a lower bound of the optimum from a point x, for a linear model and g = l1 |x| + l2 x^2 / 2 between
// bounds:
//
//   D(theta) = - F*(-theta) - <theta, o> - sum_j g_j*((A'theta - c)_j),   theta = - alpha F'(z),  alpha <= 1 as large
//   as the domain of g* allows;  sum_i theta_i = 0 with a free intercept
#pragma once
#include "base/buffer.hpp"
#include "solvers/composite/composite_problem.hpp"
#include "solvers/coordinate/bcd_simple.hpp"

namespace fenchel {

class BcdGap {
 public:
  // Takes the memory; offers nothing for a problem of another form.
  explicit BcdGap(const CompositeProblem& problem);
  bool offered() const { return model_ != nullptr; }
  // D at x's dual point; -inf where there is none.
  double dual(const double* x);

 private:
  double largest_factor(double slope_sum) const;
  double conjugate(index j, double v) const;

  const LinearModel* model_ = nullptr;
  BcdSimple simple_;
  Buffer<double> z_, u_, a_;
  Buffer<std::byte> memory_;
};

}  // namespace fenchel
