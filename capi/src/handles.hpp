// handles.hpp -- what the opaque pointers point to.
//
// Each begins with a mark, so that a NULL, foreign or dead handle is refused while it can still be recognised.
// Geometries and problems are immutable; a solver has a state word that lets in one call at a time.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/array_view.hpp"
#include "base/term.hpp"
#include "fenchel/fenchel.h"
#include "geometry/geometry.hpp"
#include "overlap.hpp"
#include "solvers/composite/minimize_solver.hpp"
#include "solvers/transport/problem.hpp"
#include "solvers/transport/transport_solver.hpp"

namespace fenchel::capi {

enum class Mark : std::uint64_t {
  dead = 0,
  geometry = 0x66656e5f67656f6d,  // "fen_geom" and so on
  problem = 0x66656e5f70726f62,
  solver = 0x66656e5f736f6c76,
  term = 0x66656e5f7465726d,
  session = 0x66656e5f73657373,
};

// Caller memory that a handle reads in place, which outputs must not overlap; and whether callbacks stand behind it,
// which run on the calling thread alone and may fail half-way.
struct Outside {
  std::vector<ArrayView> borrowed;
  const char* what = "a borrowed array";  // in messages
  bool callback = false;

  void add(const ArrayView& view);  // absent ones and repetitions are ignored
  void add(const Outside& other);
  void add_inputs(Arguments& arguments) const;
};

}  // namespace fenchel::capi

struct fen_geometry {
  fenchel::capi::Mark mark = fenchel::capi::Mark::geometry;
  std::shared_ptr<const fenchel::Geometry> core;
  fenchel::ArrayView
      borrowed;  // the caller's cost matrix, which outputs must not overlap; ndim 0 where nothing is borrowed
};

struct fen_term {
  fenchel::capi::Mark mark = fenchel::capi::Mark::term;
  fenchel::TermPtr core;
  fenchel::capi::Outside outside;
};

struct fen_problem {  // one of the two cores
  fenchel::capi::Mark mark = fenchel::capi::Mark::problem;
  std::shared_ptr<const fenchel::TransportProblem> transport;
  std::shared_ptr<const fenchel::CompositeProblem> composite;
  fenchel::capi::Outside outside;
};

struct fen_solver {
  enum State { idle, busy, doomed };  // doomed: destroyed while busy; the running call deletes it

  fenchel::capi::Mark mark = fenchel::capi::Mark::solver;
  mutable std::atomic<int> state{idle};
  std::atomic<bool> cancelled{false};
  fen_monitor_fn monitor = nullptr;
  void* user = nullptr;
  std::unique_ptr<fenchel::TransportSolver> transport;  // one of the two cores
  std::unique_ptr<fenchel::MinimizeSolver> minimizer;
  fenchel::capi::Outside outside;
};

namespace fenchel::capi {

// Throw NULL_ARGUMENT, or STATE for what is no live handle of this kind.
const fen_geometry& live(const fen_geometry* geometry);
const fen_problem& live(const fen_problem* problem);
const fen_solver& live(const fen_solver* solver);
const fen_term& live(const fen_term* term, const char* name);

// The problem of one kind; STATE for the other.
const fen_problem& live_transport(const fen_problem* problem);
const fen_problem& live_composite(const fen_problem* problem);

// The term of one kind; STATE for the others. T: Operator, Smooth, Prox.
template <class T>
const T& live_as(const fen_term* term, const char* name);

// One call's hold of a solver. Throws BUSY when there is another.
class Claim {
 public:
  explicit Claim(const fen_solver* solver);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  // Borrowed arrays are inputs of every call on the solver.
  void add_inputs(Arguments& arguments) const { solver_.outside.add_inputs(arguments); }

 protected:
  const fen_solver& solver_;
};

// The same for a solver of transport problems; STATE for another.
class TransportClaim : public Claim {
 public:
  explicit TransportClaim(const fen_solver* solver);
  const Geometry& geometry() const { return core().problem().geometry(); }
  TransportSolver& core() const { return *solver_.transport; }
  // The same once a solve has ended. Throws STATE before.
  const TransportSolver& solved() const;
};

// The same for a solver of composite problems.
class MinimizeClaim : public Claim {
 public:
  explicit MinimizeClaim(const fen_solver* solver);
  MinimizeSolver& core() const { return *solver_.minimizer; }
  const MinimizeSolver& solved() const;
};

// A cancel ends one solve: when the solve is over, it is forgotten.
class CancelOnce {
 public:
  explicit CancelOnce(std::atomic<bool>& flag) : flag_(flag) {}
  ~CancelOnce() { flag_.store(false, std::memory_order_relaxed); }
  CancelOnce(const CancelOnce&) = delete;
  CancelOnce& operator=(const CancelOnce&) = delete;

 private:
  std::atomic<bool>& flag_;
};

// Deletes the solver now, or lets the call that holds it do so.
void destroy(fen_solver* solver) noexcept;

}  // namespace fenchel::capi
