// affine.cpp -- the indicator of A x = b
//
// prox     v - Q^T (Q v - d), Q orthonormal rows with the row space of A and d = Q x for every solution x: made once,
// by
//          Gram-Schmidt done twice, which needs no square of the condition number. Rows that depend on others are left
//          out, if their right-hand side agrees
// offers   projection, vjp
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(array_param("matrix", -1e100, 1e100, "(m, n) the matrix A; copied")),
    required(array_param("b", -1e100, 1e100, "(m) the right-hand side")),
};

class Affine final : public ProxOf<Affine> {
 public:
  explicit Affine(const Params& params) {
    const ArrayView shape = params.array("matrix");
    if (shape.ndim != 2) fail(Status::SHAPE, "matrix has % dimensions; legal: 2", shape.ndim);
    check_length("b", params.array("b"), shape.shape[0]);
    n_ = shape.shape[1];
    const std::vector<double> a = copy_doubles(shape), b = copy_doubles(params.array("b"));
    for (index i = 0; i < shape.shape[0]; ++i) add_row(a.data() + i * n_, b[static_cast<std::size_t>(i)], i);
  }
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_VJP; }
  index size() const override { return n_; }
  index scratch_bytes(index) const override { return scratch_for<double>(rows()); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    double* r = scratch.take<double>(rows());
    for (index i = 0; i < rows(); ++i) {
      r[i] = dot(i, v) - d_[static_cast<std::size_t>(i)];
      if (r[i] != r[i]) return all_nan(n, out);
    }
    subtract(v, r, out);
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double size = norm_of(n, [x](index j) { return static_cast<double>(x[j]); });
    for (index i = 0; i < rows(); ++i) {
      const double d = d_[static_cast<std::size_t>(i)];
      if (!(std::abs(dot(i, x) - d) <= kSlack<T> * size)) return kInf;
    }
    return 0;
  }
  template <class T>
  void vjp_of(index, const T*, Step<T>, const T* cotangent, T* out, Scratch scratch) const {
    double* r = scratch.take<double>(rows());
    for (index i = 0; i < rows(); ++i) r[i] = dot(i, cotangent);
    subtract(cotangent, r, out);
  }

 private:
  index rows() const { return static_cast<index>(d_.size()); }
  const double* row(index i) const { return q_.data() + i * n_; }
  template <class T>
  double dot(index i, const T* x) const {
    double sum = 0;
    for (index j = 0; j < n_; ++j) sum += row(i)[j] * static_cast<double>(x[j]);
    return sum;
  }
  template <class T>
  void subtract(const T* x, const double* r, T* out) const {
    for (index j = 0; j < n_; ++j) {
      double sum = 0;
      for (index i = 0; i < rows(); ++i) sum += r[i] * row(i)[j];
      out[j] = static_cast<T>(static_cast<double>(x[j]) - sum);
    }
  }
  void add_row(const double* a, double b, index which) {
    std::vector<double> rest(a, a + n_);
    const double size = norm_of(n_, [a](index j) { return a[j]; });
    const double level = std::abs(b);
    double d = b;
    for (int round = 0; round < 2; ++round)
      for (index i = 0; i < rows(); ++i) {
        const double along = dot(i, rest.data());
        for (index j = 0; j < n_; ++j) rest[static_cast<std::size_t>(j)] -= along * row(i)[j];
        d -= along * d_[static_cast<std::size_t>(i)];
      }
    const double left = norm_of(n_, [&rest](index j) { return rest[static_cast<std::size_t>(j)]; });
    if (left <= 1e-12 * size) {
      if (std::abs(d) > 1e-9 * (level + largest_d_ * size))
        fail(Status::RANGE, "row % of A x = b contradicts the rows before it", which);
      return;
    }
    for (double& a_j : rest) a_j /= left;
    q_.insert(q_.end(), rest.begin(), rest.end());
    d_.push_back(d / left);
    largest_d_ = std::max(largest_d_, std::abs(d_.back()));
  }
  index n_ = 0;
  std::vector<double> q_, d_;  // rows of Q; Q x
  double largest_d_ = 0;
};

}  // namespace

const TermInfo& term_affine() {
  static constexpr TermInfo info{TermKind::prox, "affine", "the indicator of A x = b", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Affine>(p); }};
  return info;
}

}  // namespace fenchel
