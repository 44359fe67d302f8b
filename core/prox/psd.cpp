// psd.cpp -- g(x) = 0 on the row-major size x size matrices that are symmetric and positive semidefinite
//
// prox     of the symmetric part (v + v^T) / 2: eigenvalues -> max(eigenvalue, 0)
// offers   conjugate (0 where the symmetric part is negative semidefinite)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.3.3
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {required(integer_param("size", 1.0, 1.0, 1e9, "rows, and columns, of the matrix"))};

class Psd final : public ProxOf<Psd> {
 public:
  explicit Psd(const Params& params) : side_(params.integer("size")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_CONJUGATE; }
  index size() const override { return side_ * side_; }
  index scratch_bytes(index n) const override {
    return 3 * scratch_for<double>(n) + scratch_for<double>(side_) + symmetric_eigen_bytes(side_) +
           scratch_for<double>(gemm_workspace<double>(side_, side_, side_));
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side_);
    if (!eigen(v, rows, values, scratch)) return all_nan(n, out);
    double *scaled = scratch.take<double>(n), *x = scratch.take<double>(n);
    index kept = 0;
    for (index i = 0; i < side_; ++i) {
      if (!(values[i] > 0)) continue;
      for (index j = 0; j < side_; ++j) {
        rows[kept * side_ + j] = rows[i * side_ + j];
        scaled[kept * side_ + j] = values[i] * rows[i * side_ + j];
      }
      ++kept;
    }
    if (kept == side_) {  // inside: the symmetric part as it is, without rounding
      for (index i = 0; i < side_; ++i)
        for (index j = 0; j <= i; ++j)
          out[i * side_ + j] = out[j * side_ + i] =
              static_cast<T>((static_cast<double>(v[i * side_ + j]) + static_cast<double>(v[j * side_ + i])) / 2);
      return 0;
    }
    double* work = scratch.take<double>(gemm_workspace<double>(side_, side_, side_));
    gemm(Trans::yes, Trans::no, side_, side_, kept, 1.0, scaled, side_, rows, side_, 0.0, x, side_, work);
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j) out[i * side_ + j] = static_cast<T>((x[i * side_ + j] + x[j * side_ + i]) / 2);
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double skew = 0, size = 0;
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j) {
        const auto a = static_cast<double>(x[i * side_ + j]), b = static_cast<double>(x[j * side_ + i]);
        skew = std::max(skew, std::abs(a - b));
        size = std::max(size, std::abs(a));
      }
    return sign_of(n, x, 1, scratch, skew <= kSlack<T> * size);
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    return sign_of(n, u, -1, scratch, true);
  }

 private:
  // The eigenvectors of the symmetric part as rows.
  template <class T>
  bool eigen(const T* v, double* rows, double* values, Scratch scratch) const {
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j)
        rows[i * side_ + j] = (static_cast<double>(v[i * side_ + j]) + static_cast<double>(v[j * side_ + i])) / 2;
    return symmetric_eigen(side_, rows, values, -kInf, scratch) >= 0;
  }
  // 0 where sign times every eigenvalue is at least 0, up to rounding of the largest.
  template <class T>
  double sign_of(index n, const T* x, double sign, Scratch scratch, bool legal) const {
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side_);
    if (!eigen(x, rows, values, scratch)) return kNaN;
    double most = 0, least = 0;
    for (index i = 0; i < side_; ++i) {
      most = std::max(most, std::abs(values[i]));
      least = std::min(least, sign * values[i]);
    }
    return inside(legal && least >= -kSlack<T> * most);
  }
  index side_;
};

}  // namespace

const TermInfo& term_psd() {
  static constexpr TermInfo info{TermKind::prox, "psd", "0 on the symmetric positive semidefinite matrices", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Psd>(p); }};
  return info;
}

}  // namespace fenchel
