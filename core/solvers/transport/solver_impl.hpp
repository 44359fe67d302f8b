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
  struct Attached {
    PassEngine& engine;
    ~Attached() { engine.detach(); }
  };
  const int wanted = state.settings.num_threads;
  ThreadPool pool(wanted == 0 ? ThreadPool::hardware_threads() : wanted);
  const Attached attached{*state.engine};
  state.engine->attach(&pool, nullptr);
  body(pool);
}

}  // namespace fenchel
