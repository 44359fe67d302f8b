// loss.hpp -- what a sample costs: f(y_i, z_i) of a target and a linear predictor. One file a loss; sample weights,
// offsets, intercept and data belong to LinearModel.
//
// Vectors are double whatever the data's dtype. z, u, theta are (n, outputs()) row-major, y and s are (n); s may be
// null: ones. A sample of weight 0 does not count, whatever its y and z.
#pragma once
#include "base/types.hpp"

namespace fenchel {

class Loss {
 public:
  virtual ~Loss() = default;
  virtual const char* name() const = 0;
  virtual index outputs() const { return 1; }
  virtual bool convex() const { return true; }
  virtual bool quadratic() const { return false; }  // f'' does not depend on z
  // Throws RANGE naming the first target that counts and is not legal, its value and what is.
  virtual void check_targets(index n, const double* y, const double* s) const = 0;
  // sup over z of the largest eigenvalue of f''(y, z); inf where unbounded (Poisson).
  virtual double curvature() const = 0;
  // sum_i s_i f(y_i, z_i)
  virtual double value(index n, const double* z, const double* y, const double* s) const = 0;
  // The same, and u_i = s_i f'(y_i, z_i).
  virtual double slopes(index n, const double* z, const double* y, const double* s, double* u) const = 0;
  // h_i = s_i f''(y_i, z_i); for outputs() > 1 the diagonal.
  virtual void curvatures(index n, const double* z, const double* y, const double* s, double* h) const = 0;
  // out_i = s_i f''(y_i, z_i) d_i: the whole Hessian times a direction.
  virtual void curvature_product(index n, const double* z, const double* y, const double* s, const double* d,
                                 double* out) const = 0;
  // sup over z of |f'''(y, z)|, for outputs() > 1 over unit directions, how fast the curvature may change; inf where
  // unknown.
  virtual double curvature_slope() const { return quadratic() ? 0 : kInf; }
  // out_i = s_i times the derivative of f'(y_i, z_i) by y_i; false where targets are classes.
  virtual bool target_slopes(index n, const double* z, const double* y, const double* s, double* out) const {
    (void)n, (void)z, (void)y, (void)s, (void)out;
    return false;
  }
  // p_i, (n, outputs()), where f'' = diag(p_i) - p_i p_i^T (0 for samples of weight 0); false for losses of another
  // form.
  virtual bool simplex(index, const double*, const double*, const double*, double*) const { return false; }
  // - sum_i s_i f*(theta_i / s_i), the dual objective's smooth part at theta = - u; -inf outside the domain.
  // Conjugates are taken in the sign that makes theta = -slopes(z) feasible.
  virtual double dual(index n, const double* theta, const double* y, const double* s) const = 0;
  // True when t * theta, 0 <= t <= 1, is in the domain for every theta in it (squares, logistic: scaling is safe).
  virtual bool scalable() const { return true; }
};

}  // namespace fenchel
