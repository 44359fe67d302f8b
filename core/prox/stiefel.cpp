// stiefel.cpp -- g(x) = 0 on the row-major rows x cols matrices with orthonormal columns, X^T X = 1 (rows >= cols)
//
// prox     the orthogonal factor U V^T of v = U diag(sigma) V^T: the nearest point (the orthogonal Procrustes problem);
//          where singular values vanish there are many, and one is taken. Not convex
// paper    Schonemann, A generalized solution of the orthogonal Procrustes problem (1966)
#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"
#include "linsolve/singular_parts.hpp"
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("rows", 1.0, 1.0, 1e9, "rows of the matrix, at least as many as columns")),
    required(integer_param("cols", 1.0, 1.0, 1e9, "columns of the matrix")),
};

class Stiefel final : public ProxOf<Stiefel> {
 public:
  explicit Stiefel(const Params& params) : rows_(params.integer("rows")), cols_(params.integer("cols")) {
    if (rows_ < cols_) fail(Status::SHAPE, "rows is %, cols %; legal: rows >= cols", rows_, cols_);
  }
  unsigned caps() const override { return PROX_INDICATOR | PROX_EVEN; }
  index size() const override { return rows_ * cols_; }
  index scratch_bytes(index n) const override {
    return scratch_for<double>(n) + scratch_for<double>(rows_) + scratch_for<double>(cols_ * cols_) +
           singular_parts_bytes(rows_, cols_) + scratch_for<double>(work_size());
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    double *a = scratch.take<double>(n), *taken = scratch.take<double>(rows_);
    for (index i = 0; i < n; ++i) a[i] = static_cast<double>(v[i]);
    SingularParts parts;
    if (!singular_parts(rows_, cols_, a, 0, parts, scratch)) return all_nan(n, out);
    orthonormalise(parts, taken);
    double* work = scratch.take<double>(work_size());
    gemm(Trans::yes, Trans::no, rows_, cols_, cols_, 1.0, parts.longer, rows_, parts.shorter, cols_, 0.0, a, cols_,
         work);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(a[i]);
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double *a = scratch.take<double>(n), *gram = scratch.take<double>(cols_ * cols_);
    double* work = scratch.take<double>(work_size());
    for (index i = 0; i < n; ++i) a[i] = static_cast<double>(x[i]);
    gemm(Trans::yes, Trans::no, cols_, cols_, rows_, 1.0, a, cols_, a, cols_, 0.0, gram, cols_, work);
    double most = 0;
    for (index i = 0; i < cols_; ++i)
      for (index j = 0; j < cols_; ++j) {
        const double apart = std::abs(gram[i * cols_ + j] - (i == j ? 1 : 0));
        if (!(apart <= most)) most = apart;
      }
    return most != most ? kNaN : inside(most <= kSlack<T>);
  }

 private:
  index work_size() const {
    return std::max(gemm_workspace<double>(rows_, cols_, cols_), gemm_workspace<double>(cols_, cols_, rows_));
  }

  // The rows of parts.longer, sigma_i u_i: divided by their lengths. Those of small sigma_i are what rounding left of
  // them: they are made orthogonal to all before, or replaced where nothing is left.
  void orthonormalise(SingularParts& parts, double* taken) const {
    const auto& table = kernels::table<double>();
    const double largest = *std::max_element(parts.values, parts.values + parts.k);
    for (index i = 0; i < parts.k; ++i) {
      double* row = parts.longer + i * parts.m;
      if (parts.values[i] > 0.1 * largest) {
        scale(row, 1 / parts.values[i]);
        continue;
      }
      bool found = parts.values[i] > 1e-280 && parts.values[i] > 1e-14 * largest;
      if (found) scale(row, 1 / parts.values[i]);
      for (index attempt = 0; !found || !clear(table, parts, i, row); ++attempt) {
        found = true;
        fresh(parts, i, attempt, taken, row);
      }
    }
  }
  void scale(double* row, double factor) const {
    for (index j = 0; j < rows_; ++j) row[j] *= factor;
  }
  // row, of length 1, less its parts along those before, twice; false where hardly anything is left.
  bool clear(const kernels::Table<double>& table, const SingularParts& parts, index i, double* row) const {
    for (int twice = 0; twice < 2; ++twice) {
      for (index k = 0; k < i; ++k) {
        const double* other = parts.longer + k * parts.m;
        table.axpy(-table.dot(row, other, rows_), other, row, rows_);
      }
      const double size = std::sqrt(table.dot(row, row, rows_));
      if (!(size > 1e-3)) return false;
      scale(row, 1 / size);
    }
    return true;
  }
  // The coordinate direction that the vectors before i take up least, the attempt-th of them.
  void fresh(const SingularParts& parts, index i, index attempt, double* taken, double* row) const {
    std::fill(taken, taken + rows_, 0.0);
    for (index k = 0; k < i; ++k)
      for (index j = 0; j < rows_; ++j) taken[j] += parts.longer[k * parts.m + j] * parts.longer[k * parts.m + j];
    for (index skip = 0; skip < attempt; ++skip) *std::min_element(taken, taken + rows_) = kInf;
    std::fill(row, row + rows_, 0.0);
    row[std::min_element(taken, taken + rows_) - taken] = 1;
  }

  index rows_, cols_;
};

}  // namespace

const TermInfo& term_stiefel() {
  static constexpr TermInfo info{TermKind::prox, "stiefel", "0 on the matrices with orthonormal columns; not convex",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Stiefel>(p); }};
  return info;
}

}  // namespace fenchel
