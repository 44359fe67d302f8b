// adjoint_map.hpp -- the lower level's solution at one theta, and the symmetric system of its derivative: what the
// implicit modes share.
//
// Smooth: H. With a prox, x = prox_s(x - s dh/dx; theta), M its symmetric Jacobian and P that by theta, dx/dtheta
// solves (I - M + s M H) V = P - s M J, which M makes symmetric: with K = (M - M^2) / s + M H M,
//
//   (I - M + s M H)^{-1} = I + M K^+ M (I - s H) / s
//
// K is singular where M is (coordinates held at a kink); the right-hand sides lie in its range, so conjugate gradients
// need not know.
#pragma once
#include "linsolve/linear_system.hpp"
#include "solvers/bilevel/oracles/hypergradient.hpp"

namespace fenchel {

// Solves the lower level, then knows how far it is from solved.
class LowerSolution {
 public:
  LowerSolution(BilevelCalls& calls, LowerSolver& lower, const BilevelSettings& settings);

  void solve(const double* theta, double accuracy, HypergradientState& state, Control& control);

  BilevelConstants constants;
  double step = 1;      // s
  double distance = 0;  // of 0 from d(h + g) at x, exactly; with a prox x moves one step, so that it is known
  Vector slope;         // dh/dx
  Vector before;        // x - s dh/dx

 private:
  void settle(const double* theta, Vector& x);

  BilevelCalls& calls_;
  LowerSolver& lower_;
  const BilevelSettings& settings_;
  Vector after_, element_;
};

class AdjointMap final : public SquareMap {
 public:
  AdjointMap(BilevelCalls& calls, const BilevelSettings& settings, const LowerSolution& solution);

  void bind(const Vector& x, const double* theta);
  index size() const override { return calls_.n(); }
  bool symmetric() const override { return true; }
  void apply(const double* v, double* out) override;
  bool precondition(const double* r, double* z) override;
  bool write_dense(double* out) override;

  void jacobian(const double* v, double* out);  // M v
  // K x = b from x to || residual || <= accuracy, or where that is 0 to settings.linear_tol. Throws OutsideDomain where
  // K is singular.
  LinearReport solve(const double* b, double* x, double accuracy);
  LinearReport try_solve(const double* b, double* x, double accuracy);  // only reports that

 private:
  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  const LowerSolution& solution_;
  const Vector* x_ = nullptr;
  const double* theta_ = nullptr;
  Vector image_, product_, unit_;
  Buffer<double> memory_;
};

// a b, where 0 times unknown (inf) is 0.
inline double product(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

// What is known of x's and the value's error, with mu from the constants or the Ritz value (0: none).
void judge_solution(const LowerSolution& solution, const Vector& upper_x, double ritz_low, HypergradientState& state);
// The status from what the solves reached and the bound; UNCERTIFIED where settings require one.
void judge_status(const LowerSolution& solution, const BilevelSettings& settings, bool linear_converged,
                  HypergradientState& state);

}  // namespace fenchel
