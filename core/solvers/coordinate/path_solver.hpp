// path_solver.hpp -- what a path asks of an engine beyond solving.
#pragma once
#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {

class PathSolver : public MinimizeSolver {
 public:
  virtual void set_factor(double t) = 0;  // g times t
  // The next solve goes on from the present x, whose gradient is known.
  virtual void start_from_present() = 0;
  virtual void limit_time(double seconds) = 0;
  virtual const double* predictor() const = 0;  // A x + b + o of the solution, (samples, outputs)
  // Smallest t for which x = 0 (with the best intercept and free coordinates) is a solution.
  virtual double largest_factor() = 0;
};

}  // namespace fenchel
