// active_system.hpp -- the linear system behind the derivative of x* = argmin f + g, at a point x near x*.
//
// On the manifold where g is smooth near x* (support, active groups, the range of prox's Jacobian) the optimality
// condition is an equation, and its derivative by a perturbation r of the gradient is
//
//   dx = - R^T K^{-1} R r,   K symmetric positive semidefinite, R the reduction to the manifold.
//
// The nonsymmetric system of the fixed point x = prox(x - s grad f(x)) is never solved: that of the manifold is the
// same derivative, symmetric and smaller. Blondel et al., Efficient and modular implicit differentiation (2022), sec.
// 2; Bertrand et al., Implicit differentiation for fast hyperparameter selection (2022), thm 1.
#pragma once
#include <memory>

#include "linsolve/linear_system.hpp"
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/composite/composite_problem.hpp"
#include "solvers/composite/known_solution.hpp"

namespace fenchel {

// x in double with what every part of a derivative needs of f there.
struct SolutionPoint {
  const CompositeProblem* problem = nullptr;
  Buffer<double> x, gradient;        // (n): of f
  Buffer<double> predictor;          // z of the linear model that f is or has as a part (samples, outputs), else empty
  mutable Buffer<std::byte> memory;  // scratch of the terms
  KnownSolution known;               // what x's solver offers

  SolutionPoint(const CompositeProblem& problem, const ArrayView& x, const KnownSolution& known = {});
  Scratch scratch() const { return Scratch(memory); }
  const LinearModel* model() const { return problem->f() == nullptr ? nullptr : problem->f()->linear_model(); }
  // That model, also where it is one part of a sum and no other part is a model.
  const LinearModel* model_part() const { return part_; }
  const Prox* g() const { return problem->summands().empty() ? nullptr : problem->summands()[0].g.get(); }
  index size() const { return problem->size(); }
  index tail() const { return problem->tail(); }

 private:
  const LinearModel* part_ = nullptr;
};

class ActiveSystem : public SquareMap {
 public:
  bool symmetric() const final { return true; }
  virtual void reduce(const double* full, double* reduced) = 0;  // R
  virtual void expand(const double* reduced, double* full) = 0;  // R^T
  // K >= (modulus of f + g) I: not so where R has a kernel, or scales.
  virtual bool definite() const { return true; }
  virtual bool regular() const { return definite(); }  // may be factored
  // A Newton step towards the solution: K y = newton_rhs, then x = newton_point(y). Same active set.
  virtual void newton_rhs(double* reduced) = 0;
  virtual void newton_point(const double* y, double* x) = 0;
  virtual bool constant() const { return false; }  // K is the same at x nearby
  virtual double optimality() const = 0;           // distance of 0 from grad f + the subdifferential
  // How many coordinates or groups cannot be told from a kink when x is this far off, at most, and so its gradient.
  virtual index ambiguous(double x_error, double gradient_error) const = 0;
};

// UNSUPPORTED, naming what is missing: several terms, an operator, a prox without vjp, an f without hvp.
std::unique_ptr<ActiveSystem> make_active_system(const SolutionPoint& point, OptimalityMap map);
std::unique_ptr<ActiveSystem> make_support_system(const SolutionPoint& point);  // soft boxes, groups, no g
std::unique_ptr<ActiveSystem> make_prox_system(const SolutionPoint& point);     // any g with PROX_VJP
std::unique_ptr<ActiveSystem> make_mirror_system(const SolutionPoint& point, double radius);  // a simplex

}  // namespace fenchel
