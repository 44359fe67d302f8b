// newton.hpp -- the annealed sparse Newton method, as `auto` uses it.
#pragma once
#include <memory>

#include "solvers/transport/state.hpp"

namespace fenchel {

class NewtonIteration : public TransportIteration {
 public:
  using TransportIteration::TransportIteration;
  // From the state's potentials at the target eps, without annealing.
  virtual void start_here() = 0;
};

std::unique_ptr<NewtonIteration> make_newton(TransportState& state);

}  // namespace fenchel
