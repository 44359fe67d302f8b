#include "linsolve/tridiagonal_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linsolve/gemm.hpp"
#include "linsolve/implicit_ql.hpp"
#include "linsolve/secular.hpp"

namespace fenchel {
namespace {

constexpr index kLeaf = 24;
constexpr double kRounding = std::numeric_limits<double>::epsilon();

class DivideAndConquer {
 public:
  static index bytes(index n) {
    return 2 * scratch_for<double>(n * n) + 6 * scratch_for<double>(n) + 4 * scratch_for<index>(n) +
           scratch_for<double>(gemm_workspace<double>(n, n, n));
  }
  DivideAndConquer(index n, double* d, double* e, double* q, Scratch scratch)
      : n_(n),
        d_(d),
        e_(e),
        q_(q),
        s_(scratch.take<double>(n * n)),
        rows_(scratch.take<double>(n * n)),
        z_(scratch.take<double>(n)),
        pole_(scratch.take<double>(n)),
        term_(scratch.take<double>(n)),
        squares_(scratch.take<double>(n)),
        away_(scratch.take<double>(n)),
        roots_(scratch.take<double>(n)),
        order_(scratch.take<index>(n)),
        kept_(scratch.take<index>(n)),
        place_(scratch.take<index>(n)),
        side_(scratch.take<index>(n)),
        work_(scratch.take<double>(gemm_workspace<double>(n, n, n))) {}

  // Row i of q is the eigenvector of d[i], where d[i] > floor; order() lists the eigenvalues ascending.
  bool solve(double floor) { return solve(0, n_, floor); }
  const index* order() const { return order_; }

 private:
  bool solve(index first, index end, double floor) {
    const index count = end - first;
    for (index i = first; i < end; ++i) order_[i] = i;
    if (count <= kLeaf) {
      for (index i = first; i < end; ++i) {
        std::fill(q_ + i * n_ + first, q_ + i * n_ + end, 0.0);
        q_[i * n_ + i] = 1;
      }
      if (!implicit_ql(count, d_ + first, e_ + first, q_ + first * n_ + first, n_)) return false;
      sort(first, end);
      return true;
    }
    const index middle = first + count / 2;
    const double tie = e_[middle - 1];
    d_[middle - 1] -= std::abs(tie);
    d_[middle] -= std::abs(tie);
    if (!solve(first, middle, -kInf) || !solve(middle, end, -kInf)) return false;
    merge(first, middle, end, tie, floor);
    return true;
  }

  void sort(index first, index end) {
    std::sort(order_ + first, order_ + end,
              [this](index i, index j) { return d_[i] < d_[j] || (d_[i] == d_[j] && i < j); });
  }

  // diag(upper, lower) + |tie| u u^T, u = 1 at the end of the upper block and the sign of the tie at the other's start.
  void merge(index first, index middle, index end, double tie, double floor) {
    for (index i = first; i < middle; ++i) {
      z_[i] = q_[i * n_ + middle - 1] * std::sqrt(0.5);
      std::fill(q_ + i * n_ + middle, q_ + i * n_ + end, 0.0);
      side_[i] = 0;
    }
    for (index i = middle; i < end; ++i) {
      z_[i] = std::copysign(std::sqrt(0.5), tie) * q_[i * n_ + middle];
      std::fill(q_ + i * n_ + first, q_ + i * n_ + middle, 0.0);
      side_[i] = 2;
    }
    sort(first, end);
    const index count = deflate(first, end, 2 * std::abs(tie));
    if (count > 0) {
      find_roots(count, 2 * std::abs(tie));
      find_vectors(count);
      combine(first, middle, end, count, floor);
    }
    for (index i = first; i < end; ++i) order_[i] = i;
    sort(first, end);
  }

  // Sets aside what the rank-one term leaves as it is: entries of z that vanish, or that a rotation against a neighbour
  // of nearly the same eigenvalue makes vanish. Returns how many are left, in kept_, ascending.
  index deflate(index first, index end, double rho) {
    double size = 0, most = 0;
    for (index i = first; i < end; ++i) {
      size = std::max(size, std::abs(d_[i]));
      most = std::max(most, std::abs(z_[i]));
    }
    const double tol = 8 * kRounding * std::max(size, most);
    index count = 0;
    for (index k = first; k < end; ++k) {
      const index next = order_[k];
      if (rho * std::abs(z_[next]) <= tol) continue;
      if (count > 0 && !rotate_away(first, end, kept_[count - 1], next, tol)) ++count;
      if (count == 0) count = 1;
      kept_[count - 1] = next;
    }
    for (index k = 0; k < count; ++k) {
      pole_[k] = d_[kept_[k]];
      term_[k] = z_[kept_[k]];
      squares_[k] = term_[k] * term_[k];
    }
    return count;
  }
  bool rotate_away(index first, index end, index i, index j, double tol) {
    const double size = std::hypot(z_[i], z_[j]), c = z_[j] / size, s = -z_[i] / size;
    if (std::abs((d_[j] - d_[i]) * c * s) > tol) return false;
    z_[j] = size;
    z_[i] = 0;
    if (side_[i] != side_[j]) side_[j] = 1;
    double *p = q_ + i * n_, *q = q_ + j * n_;
    for (index k = first; k < end; ++k) {
      const double a = p[k], b = q[k];
      p[k] = c * a + s * b;
      q[k] = c * b - s * a;
    }
    const double di = d_[i] * c * c + d_[j] * s * s;
    d_[j] = d_[i] * s * s + d_[j] * c * c;
    d_[i] = di;
    return true;
  }

  // The roots, their distances from the poles as rows of s_, and the term of which they are the exact roots (Lowner).
  void find_roots(index count, double rho) {
    const Secular secular{count, pole_, squares_, rho};
    double* product = z_;  // no longer needed
    std::fill(product, product + count, 1.0);
    for (index i = 0; i < count; ++i) {
      double* away = s_ + i * count;
      roots_[i] = secular.root(i, away);
      for (index j = 0; j < i; ++j) product[j] *= away[j] / (pole_[j] - pole_[i]);
      product[i] *= away[i];
      for (index j = i + 1; j < count; ++j) product[j] *= away[j] / (pole_[j] - pole_[i]);
    }
    for (index j = 0; j < count; ++j) term_[j] = std::copysign(std::sqrt(std::abs(product[j])), term_[j]);
  }

  // Rows of s_: unit eigenvectors over the kept ones, these ordered by the block that they come from.
  void find_vectors(index count) {
    index at = 0;
    for (index side = 0; side < 3; ++side)
      for (index k = 0; k < count; ++k)
        if (side_[kept_[k]] == side) place_[k] = at++;
    for (index i = 0; i < count; ++i) {
      double* row = s_ + i * count;
      double squares = 0;
      for (index k = 0; k < count; ++k) {
        away_[k] = term_[k] / row[k];
        squares += away_[k] * away_[k];
      }
      const double scale = 1 / std::sqrt(squares);
      for (index k = 0; k < count; ++k) row[place_[k]] = away_[k] * scale;
    }
  }

  // The first `count` rows of the block become s_ times the kept ones, the rest the deflated ones.
  void combine(index first, index middle, index end, index count, double floor) {
    const index upper = middle - first, lower = end - middle, length = end - first;
    index in_upper = 0, only_upper = 0;
    for (index k = 0; k < count; ++k) {
      in_upper += side_[kept_[k]] < 2 ? 1 : 0;
      only_upper += side_[kept_[k]] == 0 ? 1 : 0;
    }
    const index in_lower = count - only_upper;
    double *left = rows_, *right = left + in_upper * upper, *aside = right + in_lower * lower;
    for (index k = 0; k < count; ++k) {
      const double* row = q_ + kept_[k] * n_;
      if (side_[kept_[k]] < 2) std::copy(row + first, row + middle, left + place_[k] * upper);
      if (side_[kept_[k]] > 0) std::copy(row + middle, row + end, right + (place_[k] - only_upper) * lower);
      side_[kept_[k]] = -1;
    }
    index others = 0;
    for (index i = first; i < end; ++i) {
      if (side_[i] < 0) continue;
      std::copy(q_ + i * n_ + first, q_ + i * n_ + end, aside + others * length);
      away_[others++] = d_[i];
    }
    index from = 0;  // vectors of smaller roots are not wanted
    while (from < count && !(roots_[from] > floor)) ++from;
    double* out = q_ + (first + from) * n_ + first;
    gemm(Trans::no, Trans::no, count - from, upper, in_upper, 1.0, s_ + from * count, count, left, upper, 0.0, out, n_,
         work_);
    gemm(Trans::no, Trans::no, count - from, lower, in_lower, 1.0, s_ + from * count + only_upper, count, right, lower,
         0.0, out + upper, n_, work_);
    for (index k = 0; k < count; ++k) d_[first + k] = roots_[k];
    for (index k = 0; k < others; ++k) {
      d_[first + count + k] = away_[k];
      std::copy(aside + k * length, aside + (k + 1) * length, q_ + (first + count + k) * n_ + first);
    }
  }

  index n_;
  double *d_, *e_, *q_, *s_, *rows_, *z_, *pole_, *term_, *squares_, *away_, *roots_;
  index *order_, *kept_, *place_, *side_;
  double* work_;
};

}  // namespace

index tridiagonal_eigen_bytes(index n) {
  return scratch_for<double>(n * n) + scratch_for<double>(n) + DivideAndConquer::bytes(n);
}

index tridiagonal_eigen(index n, double* d, double* e, double floor, double* z, Scratch scratch) {
  double size = 0;
  for (index i = 0; i < n; ++i) size = std::max({size, std::abs(d[i]), i + 1 < n ? std::abs(e[i]) : 0.0});
  if (!(size < kInf)) return -1;
  const double unit = size > 0 ? size : 1;
  for (index i = 0; i < n; ++i) d[i] /= unit;
  for (index i = 0; i + 1 < n; ++i) e[i] /= unit;
  double *q = scratch.take<double>(n * n), *values = scratch.take<double>(n);
  DivideAndConquer solver(n, d, e, q, scratch);
  if (!solver.solve(floor / unit)) return -1;
  index count = 0;
  for (index k = 0; k < n; ++k) {
    const index i = solver.order()[n - 1 - k];
    values[k] = d[i] * unit;
    if (!(d[i] > floor / unit)) continue;
    std::copy(q + i * n, (q + i * n) + n, z + k * n);
    ++count;
  }
  std::copy(values, values + n, d);
  return count;
}

}  // namespace fenchel
