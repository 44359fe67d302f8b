#include "handles.hpp"

#include <algorithm>

#include "guard.hpp"
#include "operators/operator.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"

namespace fenchel::capi {
namespace {

template <class Handle>
const Handle& live_handle(const Handle* handle, Mark mark, const char* type, const char* name) {
  require(handle, name);
  if (handle->mark != mark)
    fail(Status::STATE, "% is not a live % handle: destroyed already, or of another kind", name, type);
  return *handle;
}

bool same_view(const ArrayView& a, const ArrayView& b) {
  return a.data == b.data && a.dtype == b.dtype && a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape) &&
         std::equal(a.strides, a.strides + a.ndim, b.strides);
}

const char* kind_word(TermKind kind) {
  constexpr const char* kWords[] = {"an operator", "a smooth term", "a simple term"};
  return kWords[static_cast<int>(kind)];
}

template <class T>
const T& of_kind(const fen_term& term, TermKind kind, const char* name) {
  if (term.core->kind() != kind)
    fail(Status::STATE, "% is %; legal: %", name, kind_word(term.core->kind()), kind_word(kind));
  return static_cast<const T&>(*term.core);
}

}  // namespace

void Outside::add(const ArrayView& view) {
  if (view.ndim == 0) return;
  for (const ArrayView& known : borrowed)
    if (same_view(known, view)) return;
  borrowed.push_back(view);
}

void Outside::add(const Outside& other) {
  for (const ArrayView& view : other.borrowed) add(view);
  callback = callback || other.callback;
}

void Outside::add_inputs(Arguments& arguments) const {
  for (const ArrayView& view : borrowed) arguments.input(what, view);
}

const fen_geometry& live(const fen_geometry* geometry) {
  return live_handle(geometry, Mark::geometry, "fen_geometry", "geometry");
}
const fen_problem& live(const fen_problem* problem) {
  return live_handle(problem, Mark::problem, "fen_problem", "problem");
}
const fen_solver& live(const fen_solver* solver) { return live_handle(solver, Mark::solver, "fen_solver", "solver"); }

const fen_term& live(const fen_term* term, const char* name) { return live_handle(term, Mark::term, "fen_term", name); }

const fen_problem& live_transport(const fen_problem* problem) {
  const fen_problem& handle = live(problem);
  if (handle.transport == nullptr)
    fail(Status::STATE, "problem is a composite problem; legal here: one of fen_transport_create");
  return handle;
}

const fen_problem& live_composite(const fen_problem* problem) {
  const fen_problem& handle = live(problem);
  if (handle.composite == nullptr)
    fail(Status::STATE, "problem is a transport problem; legal here: one of fen_composite_create");
  return handle;
}

template <>
const Operator& live_as(const fen_term* term, const char* name) {
  return of_kind<Operator>(live(term, name), TermKind::op, name);
}
template <>
const Smooth& live_as(const fen_term* term, const char* name) {
  return of_kind<Smooth>(live(term, name), TermKind::smooth, name);
}
template <>
const Prox& live_as(const fen_term* term, const char* name) {
  return of_kind<Prox>(live(term, name), TermKind::prox, name);
}

Claim::Claim(const fen_solver* solver) : solver_(live(solver)) {
  int expected = fen_solver::idle;
  if (!solver_.state.compare_exchange_strong(expected, fen_solver::busy, std::memory_order_acquire))
    fail(Status::BUSY, "solver is in use by another call; legal: one call at a time, none from its own monitor");
}

Claim::~Claim() {
  int expected = fen_solver::busy;
  if (!solver_.state.compare_exchange_strong(expected, fen_solver::idle, std::memory_order_acq_rel)) delete &solver_;
}

TransportClaim::TransportClaim(const fen_solver* solver) : Claim(solver) {
  if (solver_.transport == nullptr)
    fail(Status::STATE, "solver is one of composite problems; legal here: one of fen_sinkhorn_create");
}

const TransportSolver& TransportClaim::solved() const {
  if (!core().solved()) fail(Status::STATE, "solver has not solved yet; call fen_solver_solve first");
  return core();
}

MinimizeClaim::MinimizeClaim(const fen_solver* solver) : Claim(solver) {
  if (solver_.minimizer == nullptr)
    fail(Status::STATE, "solver is one of transport problems; legal here: one of fen_minimize_create");
}

const MinimizeSolver& MinimizeClaim::solved() const {
  if (!core().solved()) fail(Status::STATE, "solver has not solved yet; call fen_minimize_solve first");
  return core();
}

void destroy(fen_solver* solver) noexcept {
  if (solver == nullptr || solver->mark != Mark::solver) return;
  solver->mark = Mark::dead;
  solver->cancelled.store(true, std::memory_order_relaxed);
  int expected = fen_solver::busy;
  if (!solver->state.compare_exchange_strong(expected, fen_solver::doomed, std::memory_order_acq_rel)) delete solver;
}

}  // namespace fenchel::capi
