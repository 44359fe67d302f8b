// working_factor.cpp -- the working model's Cholesky factor, offered to adjoints (known_solution.hpp).
//
// With C = X_S' diag(h) X_S - m m' / s, m = X_S' h, s = sum h, and D the penalty's squares, the matrix with a free
// intercept as its last coordinate is solved by its first elimination, that of the intercept:
//
//   [[C + m m' / s + D, m], [m', s]] (u; v) = (a; b):   u = (C + D)^{-1} (a - m b / s),   v = (b - m' u) / s
#include <algorithm>
#include <cmath>
#include <limits>

#include "linsolve/cholesky.hpp"
#include "solvers/coordinate/working_model.hpp"

namespace fenchel {
namespace {

constexpr index kMostFresh = 1000;  // coordinates of a factor that is made for an adjoint alone

// No pivot is rounding: L L' is regular. The squares of row s add up to the diagonal entry that it came from.
bool regular(const double* L, index count) {
  const double floor = static_cast<double>(count) * std::numeric_limits<double>::epsilon();
  for (index s = 0; s < count; ++s) {
    const double* row = L + s * count;
    double sum = 0;
    for (index r = 0; r <= s; ++r) sum += row[r] * row[r];
    if (!(row[s] * row[s] > floor * sum)) return false;
  }
  return true;
}

}  // namespace

// That of direction_by_cholesky is now in factor_.
void WorkingModel::keep_factor() {
  factor_count_ = support_count_;
  for (index s = 0; s < factor_count_; ++s) {
    const index k = support_[s], j = in_.list[k];
    factor_list_[s] = j;
    factor_squares_[s] = penalty_.l2(j);
    factor_first_[s] = first_[k];
  }
  factor_h_sum_ = h_sum_;
  factor_has_tail_ = in_.intercept;
}

bool WorkingModel::factor_is_for(const index* list, index count, const double* squares) const {
  if (factor_count_ != count || !std::equal(list, list + count, factor_list_.data())) return false;
  for (index s = 0; s < count; ++s)
    if (!(std::abs(squares[s] - factor_squares_[s]) <= 1e-12 * std::abs(squares[s]))) return false;
  return true;
}

// From the entries of gram_, where they are all there.
bool WorkingModel::factor_gram(const index* list, index count, const double* squares) {
  if (count > kMostFresh || count > gram_count_) return false;
  factor_count_ = 0;
  index at = 0;
  for (index s = 0; s < count; ++s) {  // both ascend; support_ is free between solves
    while (at < gram_count_ && gram_list_[at] < list[s]) ++at;
    if (at == gram_count_ || gram_list_[at] != list[s]) return false;
    support_[s] = at;
  }
  for (index s = 0; s < count; ++s) {
    const double* row = gram_.data() + support_[s] * gram_count_;
    double* out = factor_.data() + s * count;
    for (index r = 0; r <= s; ++r) out[r] = row[support_[r]];
    out[s] += squares[s];
    factor_list_[s] = list[s];
    factor_squares_[s] = squares[s];
    factor_first_[s] = gram_first_[support_[s]];
  }
  ++factorisations;
  if (!cholesky(count, factor_.data(), count, 1e-13, work_.data())) return false;
  factor_count_ = count;
  factor_h_sum_ = h_sum_;
  factor_has_tail_ = in_.intercept;
  return true;
}

bool WorkingModel::prepare(const index* coordinates, index count, const double* squares) {
  const bool tail = count > 0 && coordinates[count - 1] == p_;
  const index features = tail ? count - 1 : count;
  if (features == 0 || tail != in_.intercept || (tail && !(h_sum_ > 0))) return false;
  if (!factor_is_for(coordinates, features, squares) && !factor_gram(coordinates, features, squares)) return false;
  return factor_has_tail_ == tail && regular(factor_.data(), features);
}

void WorkingModel::solve(double* x) {
  const index count = factor_count_;
  if (factor_has_tail_)
    for (index s = 0; s < count; ++s) x[s] -= factor_first_[s] * x[count] / factor_h_sum_;
  cholesky_solve(count, factor_.data(), count, x);
  if (!factor_has_tail_) return;
  double sum = 0;
  for (index s = 0; s < count; ++s) sum += factor_first_[s] * x[s];
  x[count] = (x[count] - sum) / factor_h_sum_;
}

}  // namespace fenchel
