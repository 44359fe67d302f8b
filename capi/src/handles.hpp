// handles.hpp -- what the opaque pointers point to.
//
// Each begins with a mark, so that a NULL, foreign or dead handle is refused while it can still be recognised.
// Geometries and problems are immutable; a solver has a state word that lets in one call at a time.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/array_view.hpp"
#include "fenchel/fenchel.h"
#include "geometry/geometry.hpp"
#include "overlap.hpp"
#include "solvers/transport/problem.hpp"
#include "solvers/transport/transport_solver.hpp"

namespace fenchel::capi {

enum class Mark : std::uint64_t {
  dead = 0,
  geometry = 0x66656e5f67656f6d,  // "fen_geom" and so on
  problem = 0x66656e5f70726f62,
  solver = 0x66656e5f736f6c76,
};

}  // namespace fenchel::capi

struct fen_geometry {
  fenchel::capi::Mark mark = fenchel::capi::Mark::geometry;
  std::shared_ptr<const fenchel::Geometry> core;
  fenchel::ArrayView
      borrowed;  // the caller's cost matrix, which outputs must not overlap; ndim 0 where nothing is borrowed
};

struct fen_problem {
  fenchel::capi::Mark mark = fenchel::capi::Mark::problem;
  std::shared_ptr<const fenchel::TransportProblem> core;
  fenchel::ArrayView borrowed;
};

struct fen_solver {
  enum State { idle, busy, doomed };  // doomed: destroyed while busy; the running call deletes it

  fenchel::capi::Mark mark = fenchel::capi::Mark::solver;
  mutable std::atomic<int> state{idle};
  std::atomic<bool> cancelled{false};
  fen_monitor_fn monitor = nullptr;
  void* user = nullptr;
  std::unique_ptr<fenchel::TransportSolver> core;
  fenchel::ArrayView borrowed;
};

namespace fenchel::capi {

// Throw NULL_ARGUMENT, or STATE for what is no live handle of this kind.
const fen_geometry& live(const fen_geometry* geometry);
const fen_problem& live(const fen_problem* problem);
const fen_solver& live(const fen_solver* solver);

// One call's hold of a solver. Throws BUSY when there is another.
class Claim {
 public:
  explicit Claim(const fen_solver* solver);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  const Geometry& geometry() const { return solver_.core->problem().geometry(); }
  const TransportSolver& core() const { return *solver_.core; }
  // The same once a solve has ended. Throws STATE before.
  const TransportSolver& solved() const;
  // The borrowed cost matrix is an input of every call on the solver.
  void add_inputs(Arguments& arguments) const { arguments.input("the borrowed cost matrix", solver_.borrowed); }

 private:
  const fen_solver& solver_;
};

// Deletes the solver now, or lets the call that holds it do so.
void destroy(fen_solver* solver) noexcept;

}  // namespace fenchel::capi
