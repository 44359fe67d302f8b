// solver_impl.hpp -- what stands behind TransportSolver, for the files that answer its questions.
#pragma once
#include "solvers/transport/state.hpp"
#include "solvers/transport/transport_solver.hpp"

namespace fenchel {

struct TransportSolver::Impl {
  Impl(std::shared_ptr<const TransportProblem> problem, TransportMethod method, const SinkhornSettings& settings);

  TransportState state;
  TransportMethod method;
  std::unique_ptr<TransportIteration> iteration;
  bool solved = false;

  const double* F() const { return state.F.data(); }
  const double* G() const { return state.G.data(); }
  PassEngine& engine() const { return *state.engine; }
};

// Runs body with a pool of the solver's threads attached to its engine.
template <class Body>
void with_pool(const TransportState& state, Body&& body) {
  const int wanted = state.settings.num_threads == 0 ? ThreadPool::hardware_threads() : state.settings.num_threads;
  ThreadPool pool(wanted);
  state.engine->attach(&pool, nullptr);
  try {
    body(pool);
  } catch (...) {
    state.engine->detach();
    throw;
  }
  state.engine->detach();
}

}  // namespace fenchel
