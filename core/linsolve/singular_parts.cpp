#include "linsolve/singular_parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"

namespace fenchel {
namespace {

constexpr double kReach = 1.0 / 16;  // parts below this times the largest get a Gram matrix of their own
constexpr index kStrip = 256;

index work_size(index rows, index cols) {
  const index k = std::min(rows, cols), m = std::max(rows, cols);
  return std::max({gemm_workspace<double>(k, k, m), gemm_workspace<double>(k, m, k), gemm_workspace<double>(k, k, k),
                   gemm_workspace<double>(rows, cols, k)});
}

// The lower triangle of op(A) op(A)^T, op(A) count x m.
void gram(Trans trans, index count, index m, double unit, const double* a, index ld, double* out, double* work) {
  const bool turned = trans == Trans::yes;
  for (index first = 0; first < count; first += kStrip) {
    const index rows = std::min(kStrip, count - first);
    gemm(trans, turned ? Trans::no : Trans::yes, rows, first + rows, m, unit, a + first * (turned ? 1 : ld), ld, a, ld,
         0.0, out + first * count, count, work);
  }
}

// An upper bound of the largest eigenvalue of a symmetric matrix given by its lower triangle: the largest row sum of
// moduli. sums: (count).
double largest_bound(index count, const double* a, double* sums) {
  std::fill(sums, sums + count, 0.0);
  for (index i = 0; i < count; ++i)
    for (index j = 0; j <= i; ++j) {
      const double size = std::abs(a[i * count + j]);
      sums[i] += size;
      if (j < i) sums[j] += size;
    }
  return count > 0 ? *std::max_element(sums, sums + count) : 0;
}

double largest_entry(index count, const double* a) {
  double most = 0;
  for (index i = 0; i < count; ++i) {
    const double size = std::abs(a[i]);
    if (!(size <= most)) most = size;
    if (size != size) return size;
  }
  return most;
}

// One step: the eigenvectors of the Gram matrix of what is left.
class Parts {
 public:
  static index bytes(index rows, index cols) {
    const index k = std::min(rows, cols), m = std::max(rows, cols);
    return 2 * scratch_for<double>(k * k) + scratch_for<double>(k * m) + 2 * scratch_for<double>(k) +
           scratch_for<double>(work_size(rows, cols)) + symmetric_eigen_bytes(k);
  }
  Parts(index rows, index cols, const double* a, SingularParts& parts, Scratch scratch)
      : trans_(rows >= cols ? Trans::yes : Trans::no),
        cols_(cols),
        a_(a),
        parts_(parts),
        turn_(scratch.take<double>(parts.k * parts.k)),
        basis_(scratch.take<double>(parts.k * parts.k)),
        rest_(scratch.take<double>(parts.k * parts.m)),
        squares_(scratch.take<double>(parts.k)),
        sums_(scratch.take<double>(parts.k)),
        work_(scratch.take<double>(work_size(rows, cols))),
        scratch_(scratch) {}

  bool solve(double floor) {
    double size = largest_entry(parts_.k * parts_.m, a_);
    if (!(size < kInf)) return false;
    const double nothing = size * std::numeric_limits<double>::epsilon();
    while (parts_.count < parts_.k) {
      const index left = parts_.k - parts_.count;
      const index found = turn(size, floor);
      if (found < 0) return false;
      // The largest are as good as they get; where nothing but rounding is left, so is all of it.
      const double least = size <= nothing ? 0 : kReach * kReach * squares_[0];
      index good = 0;
      while (good < found && squares_[good] >= least) ++good;
      parts_.count += good;
      if (found < left) return true;
      const double next = good < left ? squares_[good] + kDoubt * squares_[0] : 0;
      if (size * std::sqrt(next) <= floor) return true;
      size = largest_entry((left - good) * parts_.m, parts_.longer + parts_.count * parts_.m);
    }
    return true;
  }

 private:
  static constexpr double kDoubt = 1e-13;  // what squaring may have added to the square of a small singular value

  // Replaces the vectors behind parts_.count, or those above floor alone where they need no other step, by eigenvectors
  // of the Gram matrix of the longer ones. squares_: eigenvalues over size^2. Returns how many.
  index turn(double size, double floor) {
    const index k = parts_.k, m = parts_.m, left = k - parts_.count;
    const bool start = parts_.count == 0;
    double *shorter = parts_.shorter + parts_.count * k, *longer = parts_.longer + parts_.count * m;
    if (!start) {
      std::copy(shorter, shorter + left * k, basis_);
      std::copy(longer, longer + left * m, rest_);
    }
    const auto trans = start ? trans_ : Trans::no;
    const double* from = start ? a_ : rest_;
    const index ld = start ? cols_ : m;
    const double unit = size > 0 ? 1 / size : 1;  // squares neither overflow nor vanish
    gram(trans, left, m, unit * unit, from, ld, turn_, work_);
    const double most = size * std::sqrt(largest_bound(left, turn_, sums_));
    const double relative = floor * unit;
    const index found = symmetric_eigen(left, turn_, squares_,
                                        floor > 0 && floor >= kReach * most ? relative * relative : -kInf, scratch_);
    if (found <= 0) return found;
    gemm(Trans::no, trans, found, m, left, 1.0, turn_, left, from, ld, 0.0, longer, m, work_);
    if (start)
      std::copy(turn_, turn_ + found * k, shorter);
    else
      gemm(Trans::no, Trans::no, found, k, left, 1.0, turn_, left, basis_, k, 0.0, shorter, k, work_);
    return found;
  }

  Trans trans_;
  index cols_;
  const double* a_;
  SingularParts& parts_;
  double *turn_, *basis_, *rest_, *squares_, *sums_, *work_;
  Scratch scratch_;
};

}  // namespace

index singular_parts_bytes(index rows, index cols) {
  const index k = std::min(rows, cols), m = std::max(rows, cols);
  return scratch_for<double>(k * k) + scratch_for<double>(k * m) + scratch_for<double>(k) + Parts::bytes(rows, cols);
}

bool singular_parts(index rows, index cols, const double* a, double floor, SingularParts& parts, Scratch& scratch) {
  const index k = std::min(rows, cols), m = std::max(rows, cols);
  parts = {k, m, 0, scratch.take<double>(k), scratch.take<double>(k * k), scratch.take<double>(k * m)};
  if (!Parts(rows, cols, a, parts, scratch).solve(floor)) return false;
  for (index i = 0; i < parts.count; ++i) {
    const double *row = parts.longer + i * m, size = largest_entry(m, row);
    const double unit = size > 0 ? 1 / size : 0;
    double sum = 0;
    for (index j = 0; j < m; ++j) sum += (row[j] * unit) * (row[j] * unit);
    parts.values[i] = size * std::sqrt(sum);
  }
  return true;
}

void add_parts(index rows, index cols, SingularParts& parts, const double* factor, double* out, Scratch scratch) {
  const index k = parts.k, m = parts.m;
  index kept = 0;
  for (index i = 0; i < parts.count; ++i) {
    if (factor[i] == 0) continue;
    for (index j = 0; j < k; ++j) parts.shorter[kept * k + j] = factor[i] * parts.shorter[i * k + j];
    if (kept != i) std::copy(parts.longer + i * m, parts.longer + (i + 1) * m, parts.longer + kept * m);
    ++kept;
  }
  if (kept == 0) return;
  double* work = scratch.take<double>(work_size(rows, cols));
  const bool tall = rows >= cols;
  const double *left = tall ? parts.longer : parts.shorter, *right = tall ? parts.shorter : parts.longer;
  gemm(Trans::yes, Trans::no, rows, cols, kept, 1.0, left, rows, right, cols, 1.0, out, cols, work);
}

}  // namespace fenchel
