#include "handles.hpp"

#include "guard.hpp"

namespace fenchel::capi {
namespace {

template <class Handle>
const Handle& live_as(const Handle* handle, Mark mark, const char* name) {
  require(handle, name);
  if (handle->mark != mark)
    fail(Status::STATE, "% is not a live fen_% handle: destroyed already, or of another kind", name, name);
  return *handle;
}

}  // namespace

const fen_geometry& live(const fen_geometry* geometry) { return live_as(geometry, Mark::geometry, "geometry"); }
const fen_problem& live(const fen_problem* problem) { return live_as(problem, Mark::problem, "problem"); }
const fen_solver& live(const fen_solver* solver) { return live_as(solver, Mark::solver, "solver"); }

Claim::Claim(const fen_solver* solver) : solver_(live(solver)) {
  int expected = fen_solver::idle;
  if (!solver_.state.compare_exchange_strong(expected, fen_solver::busy, std::memory_order_acquire))
    fail(Status::BUSY, "solver is in use by another call; legal: one call at a time, none from its own monitor");
}

Claim::~Claim() {
  int expected = fen_solver::busy;
  if (!solver_.state.compare_exchange_strong(expected, fen_solver::idle, std::memory_order_acq_rel)) delete &solver_;
}

const TransportSolver& Claim::solved() const {
  if (!solver_.core->solved()) fail(Status::STATE, "solver has not solved yet; call fen_solver_solve first");
  return *solver_.core;
}

void destroy(fen_solver* solver) noexcept {
  if (solver == nullptr || solver->mark != Mark::solver) return;
  solver->mark = Mark::dead;
  solver->cancelled.store(true, std::memory_order_relaxed);
  int expected = fen_solver::busy;
  if (!solver->state.compare_exchange_strong(expected, fen_solver::doomed, std::memory_order_acq_rel)) delete solver;
}

}  // namespace fenchel::capi
