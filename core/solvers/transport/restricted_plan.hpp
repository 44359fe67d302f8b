// restricted_plan.hpp -- the plan on a fixed set of entries, as a function of the potentials: Sinkhorn and Newton without passes over C.
//
// Entries are P_ij = exp2(t_ij + F_i + G_j), t_ij fixed by the pair at which they were collected. As long as no potential moves so far that
// an entry outside the set comes to matter, the restricted problem has the solution of the full one; the caller checks with a full pass.
#pragma once
#include "base/buffer.hpp"
#include "geometry/pass_engine.hpp"
#include "kernels/kernels.hpp"
#include "solvers/transport/sparse_system.hpp"

namespace fenchel {

class RestrictedPlan {
 public:
  void resize(index n, index m, index capacity);
  static index bytes(index m, index capacity) { return 8 * (capacity + 3 * m); }

  // Takes the pattern and the values of `system` at (F, G); the system stays the place where values are kept.
  void load(SparseSystem& system, const double* F, const double* G);
  // Values at (F, G) into the system, and their row and column sums.
  void evaluate(SparseSystem& system, const double* F, const double* G, double* p, double* q);
  // One fused Sinkhorn iteration on the entries. A column without entries keeps its exponent.
  void sweep(const SparseSystem& system, const Update& row, const Update& col, double* F, double* G, double* p);

 private:
  double row_terms(const SparsePlan& plan, index i, const double* F, const double* G, double* top);

  const kernels::Table<double>& simd_ = kernels::table<double>();
  index n_ = 0, m_ = 0;
  Buffer<double> t_;              // (capacity) exponents less the potentials
  Buffer<double> terms_;          // (m) a row's exponents, then terms
  Buffer<double> col_sum_, col_log_;  // (m)
};

}  // namespace fenchel
