// bcd_model.hpp -- the smooth part of block coordinate descent: a point x, and what a block of it can be asked.
//
// Two kinds: a quadratic with a stored (or Gram) Hessian that keeps its gradient, and a linear model that keeps its
// predictor. Everything is double, whatever the data's dtype.
#pragma once
#include <memory>

#include "solvers/composite/composite_problem.hpp"
#include "solvers/coordinate/bcd_columns.hpp"
#include "solvers/coordinate/bcd_simple.hpp"

namespace fenchel {

// Coordinates that move together.
struct Block {
  const index* members = nullptr;
  index size = 0;
  index id = -1;          // among fixed blocks; -1 for one made for this step
  bool forest = false;    // the stored Hessian restricted to it has no cycle: solved by message passing
  bool diagonal = false;  // it has no entry off the diagonal either
};

class BcdModel {
 public:
  virtual ~BcdModel() = default;
  virtual index size() const = 0;
  virtual bool quadratic() const = 0;   // the Hessian is constant, and bound() is it
  virtual bool bounded() const = 0;     // the curvature has a bound: bound() works, and diagonal() is constant
  virtual bool maintained() const = 0;  // gradient() costs nothing
  virtual const BcdColumns* coupling() const { return nullptr; }  // the Hessian, where it is stored sparse
  // Diagonal of the bound of the Hessian; of the Hessian at x where there is no bound (refreshed by gradient()).
  virtual const double* diagonal() const = 0;
  virtual const double* row_sums() const { return nullptr; }  // sum_j |H_ij|, or null where that costs too much

  virtual void start(const double* x) = 0;
  virtual const double* x() const = 0;
  virtual double value() = 0;
  virtual const double* gradient() = 0;
  virtual void gradient(const Block& block, double* out) = 0;
  // (size, size) row-major: an upper bound of the block's Hessian, and the Hessian at x.
  virtual void bound(const Block& block, double* out) = 0;
  virtual void hessian(const Block& block, double* out) = 0;
  // out = H d, H the bound, for d with few entries that are not zero (listed).
  virtual void bound_product(const Block& block, const double* d, double* out) = 0;

  // A move of a block: aim at it, ask f(x + t d) - f(x), take it.
  virtual void aim(const Block& block, const double* d) = 0;
  virtual double slope() const = 0;  // <gradient, d>
  virtual double change(double t) = 0;
  virtual void take(double t, const BcdSimple& g) = 0;  // lands within the bounds of g

  virtual index copied_bytes() const { return 0; }
  index gradients = 0, values = 0;  // counted
};

// f is SMOOTH_MATRIX: 1/2 x'Qx + <c, x>.
std::unique_ptr<BcdModel> make_quadratic_bcd_model(const Smooth& f);
// f is SMOOTH_MODEL with a stored A. A quadratic one whose Hessian is worth storing becomes A'SA.
std::unique_ptr<BcdModel> make_linear_bcd_model(const Smooth& f);

}  // namespace fenchel
