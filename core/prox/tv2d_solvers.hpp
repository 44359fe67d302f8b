// tv2d_solvers.hpp -- argmin_x  || x - v ||^2 / 2 + lam TV(x) on a grid, to a certified duality gap.
//
// TV = sup over z in a set K of <z, x>; for z in K, x = v - z is a primal point and its gap is TV(x) - <z, x>, which
// bounds
// || x - x* ||^2 / 2. Both solvers keep such a z and stop on its gap.
#pragma once
#include "kernels/prox_kernels.hpp"
#include "prox/tv1d_solver.hpp"

namespace fenchel {

struct GridShape {
  index rows, cols;
  index count() const { return rows * cols; }
};

struct GapRule {
  double target;
  index max_iter;
};

// The momentum of FISTA, started anew when the dual, that is -|| x ||^2, falls (O'Donoghue and Candes, 2015).
class Momentum {
 public:
  // The factor for the step after one that reached `squares` = || x ||^2; 0 after a restart.
  double next(double squares) {
    const bool worse = squares > last_;
    last_ = squares;
    if (worse) t_ = 1;
    const double t = t_;
    t_ = (1 + std::sqrt(1 + 4 * t * t)) / 2;
    return worse ? 0 : (t - 1) / t_;
  }

 private:
  double t_ = 1, last_ = kInf;
};

// At x: TV(x), <v - x, x> and || x ||^2.
struct GridSums {
  double variation = 0, inner = 0, squares = 0;
};
inline GridSums grid_sums(GridShape grid, const double* v, const double* x, bool isotropic) {
  GridSums sums;
  for (index r = 0; r < grid.rows; ++r) {
    const index below = r + 1 < grid.rows ? grid.cols : 0;
    double variation = 0, inner = 0, squares = 0;
    for (index c = 0; c < grid.cols; ++c) {
      const index i = r * grid.cols + c, beside = c + 1 < grid.cols ? 1 : 0;
      const double down = x[i + below] - x[i], right = x[i + beside] - x[i];
      variation += isotropic ? std::sqrt(down * down + right * right) : std::abs(down) + std::abs(right);
      inner += (v[i] - x[i]) * x[i];
      squares += x[i] * x[i];
    }
    sums.variation += variation;
    sums.inner += inner;
    sums.squares += squares;
  }
  return sums;
}

// Anisotropic: TV = sum over rows + sum over columns, z = p + q. Accelerated alternation (Chambolle and Pock, A remark
// on accelerated block coordinate descent for computing the proximity operators of a sum of convex functions, 2015):
//     p = (1 - prox_rows)(v - q'),  x = prox_columns(v - p),  q = v - p - x,  q' = q + momentum (q - old q).
class RowsColumnsTv {
 public:
  static index bytes(GridShape g) {
    return 3 * scratch_for<double>(g.count()) + scratch_for<double>(kStrip * g.rows) +
           Tv1dSolver::bytes(std::max(g.rows, g.cols));
  }
  RowsColumnsTv(GridShape grid, Scratch scratch)
      : grid_(grid),
        p_(scratch.take<double>(grid.count())),
        q_(scratch.take<double>(grid.count())),
        ahead_(scratch.take<double>(grid.count())),
        strip_(scratch.take<double>(kStrip * grid.rows)),
        line_(std::max(grid.rows, grid.cols), scratch) {}

  // v finite. Returns the gap reached.
  double solve(const double* v, double lam, GapRule rule, double* x) {
    const index count = grid_.count();
    std::fill(q_, q_ + count, 0.0);
    std::fill(ahead_, ahead_ + count, 0.0);
    Momentum momentum;
    double gap = kInf;
    for (index k = 0; k < rule.max_iter && gap > rule.target; ++k) {
      rows(v, lam);
      columns(v, lam, x);
      const GridSums sums = grid_sums(grid_, v, x, false);
      gap = lam * sums.variation - sums.inner;
      const double factor = momentum.next(sums.squares);
      for (index i = 0; i < count; ++i) {
        const double q = v[i] - p_[i] - x[i];
        ahead_[i] = q + factor * (q - q_[i]);
        q_[i] = q;
      }
    }
    return gap;
  }

 private:
  static constexpr index kStrip = 8;  // columns that are gathered at a time

  void rows(const double* v, double lam) {
    for (index r = 0; r < grid_.rows; ++r) {
      const index first = r * grid_.cols, end = first + grid_.cols;
      for (index i = first; i < end; ++i) p_[i] = v[i] - ahead_[i];
      line_.solve(grid_.cols, p_ + first, lam);
      for (index i = first; i < end; ++i) p_[i] = v[i] - ahead_[i] - p_[i];
    }
  }
  void columns(const double* v, double lam, double* x) {
    for (index c = 0; c < grid_.cols; c += kStrip) {
      const index width = std::min(kStrip, grid_.cols - c);
      for (index r = 0; r < grid_.rows; ++r)
        for (index k = 0; k < width; ++k) {
          const index i = r * grid_.cols + c + k;
          strip_[k * grid_.rows + r] = v[i] - p_[i];
        }
      for (index k = 0; k < width; ++k) line_.solve(grid_.rows, strip_ + k * grid_.rows, lam);
      for (index r = 0; r < grid_.rows; ++r)
        for (index k = 0; k < width; ++k) x[r * grid_.cols + c + k] = strip_[k * grid_.rows + r];
    }
  }

  GridShape grid_;
  double *p_, *q_, *ahead_, *strip_;
  Tv1dSolver line_;
};

// Isotropic: TV = sum of the norms of the forward differences, z = D^T (a, b) with every (a, b)_i in the disc of radius
// lam; the fast gradient projection of Beck and Teboulle (Fast gradient-based algorithms for constrained total
// variation image denoising and deblurring problems, 2009), step 1/8, momentum dropped where it points uphill
// (O'Donoghue and Candes, 2015). An iteration is one sweep over the rows; the gap is looked at now and then.
class IsotropicTv {
 public:
  static index bytes(GridShape g) { return 4 * scratch_for<double>(g.count()) + 2 * scratch_for<double>(g.cols); }
  IsotropicTv(GridShape grid, Scratch scratch) : grid_(grid) {
    for (Field* field : {&z_, &ahead_})
      for (double** part : {&field->down, &field->right}) *part = scratch.take<double>(grid.count());
    for (double*& row : row_) row = scratch.take<double>(grid.cols);
  }

  double solve(const double* v, double lam, GapRule rule, double* x) {
    for (Field* field : {&z_, &ahead_}) {
      std::fill(field->down, field->down + grid_.count(), 0.0);
      std::fill(field->right, field->right + grid_.count(), 0.0);
    }
    double gap = kInf, t = 1;
    bool astray = true;
    for (index k = 1; k <= rule.max_iter; ++k) {
      const double before = astray ? 1 : t;
      t = (1 + std::sqrt(1 + 4 * before * before)) / 2;
      astray = sweep(v, astray ? z_ : ahead_, lam, (before - 1) / t) > 0;
      if (k % kLook != 0 && k > 2 && k < rule.max_iter) continue;
      for (index r = 0; r < grid_.rows; ++r) primal(v, z_, r, x + r * grid_.cols);
      const GridSums sums = grid_sums(grid_, v, x, true);
      gap = lam * sums.variation - sums.inner;
      if (gap <= rule.target) break;
    }
    return gap;
  }

 private:
  static constexpr index kLook = 8;
  struct Field {  // of the differences below and to the right; those across the border stay 0
    double *down, *right;
  };

  static const auto& table() { return kernels::prox_table<double>(); }

  // Row r of v - D^T z.
  void primal(const double* v, const Field& z, index r, double* out) const {
    const index first = r * grid_.cols;
    table().grid_primal(grid_.cols, v + first, {z.down + first, z.right + first},
                        r > 0 ? z.down + first - grid_.cols : nullptr, out);
  }
  // z = the projection of from + D (v - D^T from) / 8, ahead = z + factor (z - old z): row by row, the primal point of
  // the next row first, which still needs this one's duals.
  double sweep(const double* v, const Field& from, double lam, double factor) {
    double astray = 0;
    primal(v, from, 0, row_[0]);
    for (index r = 0; r < grid_.rows; ++r) {
      const bool last = r + 1 == grid_.rows;
      const index first = r * grid_.cols;
      if (!last) primal(v, from, r + 1, row_[(r + 1) % 2]);
      astray += table().grid_dual(grid_.cols, row_[r % 2], last ? nullptr : row_[(r + 1) % 2],
                                  {from.down + first, from.right + first}, lam, factor,
                                  {z_.down + first, z_.right + first}, {ahead_.down + first, ahead_.right + first});
    }
    return astray;
  }

  GridShape grid_;
  Field z_, ahead_;
  double* row_[2];
};

}  // namespace fenchel
