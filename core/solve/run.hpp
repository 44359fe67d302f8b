// run.hpp -- the one loop. A method is an Iteration; when to stop, and what is best so far, is decided here for all of
// them.
#pragma once
#include "solve/control.hpp"

namespace fenchel {

// What a step tells the loop.
struct StepReport {
  double residual = kNaN;   // relative, as Settings::tol
  bool comparable = false;  // of the final problem (not of an annealing stage)
};

class Iteration {
 public:
  virtual ~Iteration() = default;
  virtual void start() = 0;       // allocates nothing that a second solve would not reuse
  virtual StepReport step() = 0;  // one iteration; may throw Stopped
  virtual void keep() = 0;        // the iterate is the best so far
  virtual void restore() = 0;     // go back to the one last kept
  virtual double verify() = 0;    // a fresh residual of the iterate
  virtual index iterations() const = 0;
  virtual Progress progress() const = 0;
  virtual int patience() const = 0;  // iterations without a residual 1 % better that mean STALLED, at the least
  // Fresh numbers of the iterate that is returned. Runs once, after restore, unless a callback asked to stop.
  virtual void finish(Termination) {}
};

struct Limits {
  double tol;
  index max_iter;
};

// Steps until the limits, the control or the residual says stop. The iterate is then the best one, also when an
// exception passes through. Stopped without a reason of the control is a callback's wish: CANCELLED.
Termination run(Iteration& iteration, Control& control, const Limits& limits);

}  // namespace fenchel
