// restricted_plan.hpp -- the plan on a fixed set of entries, as a function of the potentials: Sinkhorn and Newton
// without passes over C.
//
// Entries are P_ij = exp2(t_ij + F_i + G_j), t_ij fixed by the pair at which they were collected. As long as no
// potential moves so far that an entry outside the set comes to matter, the restricted problem has the solution of the
// full one; the caller checks with a full pass.
#pragma once
#include "base/buffer.hpp"
#include "geometry/pass_engine.hpp"
#include "kernels/kernels.hpp"
#include "solvers/transport/sparse_system.hpp"

namespace fenchel {

class RestrictedPlan {
 public:
  void resize(index n, index m, index capacity);
  static index bytes(index n, index m, index capacity) { return 12 * (capacity + n) + 8 * 3 * m; }

  // Takes the pattern and the values of `system` at (F, G).
  void load(const SparseSystem& system, const double* F, const double* G);
  // At (F, G): row and column sums, and the entries P_ij >= min(row_threshold_i, col_threshold_j) into the system.
  void extract(const double* F, const double* G, const double* row_threshold, const double* col_threshold, double* p,
               double* q, SparseSystem& system);
  // One fused Sinkhorn iteration on the entries. A column without entries keeps its exponent.
  void sweep(const Update& row, const Update& col, double* F, double* G, double* p);

 private:
  const kernels::Table<double>& simd_ = kernels::table<double>();
  index n_ = 0, m_ = 0;
  Buffer<index> start_;               // (n + 1)
  Buffer<std::int32_t> column_;       // (capacity)
  Buffer<double> t_;                  // (capacity) exponents less the potentials
  Buffer<double> terms_;              // (m) a row's exponents, then terms
  Buffer<double> col_sum_, col_log_;  // (m)
};

}  // namespace fenchel
