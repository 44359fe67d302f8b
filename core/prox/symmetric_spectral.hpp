// symmetric_spectral.hpp -- terms g(X) = sum of h(eigenvalues) of a row-major symmetric size x size matrix; inf where X
// is not symmetric, so that prox sees the symmetric part alone.
//
// Self offers
//   double map(double value, double step) const      the proximal map of h
//   double slope(double value, double step) const    its derivative
//   kSensitive                                       g differs at the result and at its rounding
//   double measure(double value) const               h, of what map returned
//   double total(index count, const double* values, double slack) const    g, up to rounding
// vjp   V (G o (V^T C V)) V^T, G the divided differences of the map (Daleckii and Krein, 1965)
#pragma once
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"
#include "prox/vectors.hpp"

namespace fenchel {

template <class Self>
class SymmetricSpectralProx : public ProxOf<Self> {
 public:
  explicit SymmetricSpectralProx(const Params& params) : side_(params.integer("size")) {}
  index size() const final { return side_ * side_; }
  index scratch_bytes(index n) const final {
    return 4 * scratch_for<double>(n) + 2 * scratch_for<double>(side_) + symmetric_eigen_bytes(side_) +
           scratch_for<double>(gemm_workspace<double>(side_, side_, side_));
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const Scratch whole = scratch;
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side_);
    if (!eigen(v, rows, values, scratch)) return all_nan(n, out);
    double *scaled = scratch.take<double>(n), *x = scratch.take<double>(n);
    const auto t = static_cast<double>(step.scalar);
    double value = 0;
    bool same = true;
    index kept = 0;
    for (index i = 0; i < side_; ++i) {
      const double to = self().map(values[i], t);
      same = same && to == values[i];
      value += self().measure(to);
      if (to == 0) continue;
      for (index j = 0; j < side_; ++j) {
        const double entry = rows[i * side_ + j];
        rows[kept * side_ + j] = entry;
        scaled[kept * side_ + j] = to * entry;
      }
      ++kept;
    }
    double* work = scratch.take<double>(gemm_workspace<double>(side_, side_, side_));
    if (same)  // the symmetric part as it is, without rounding
      symmetric_part(v, x);
    else
      gemm(Trans::yes, Trans::no, side_, side_, kept, 1.0, scaled, side_, rows, side_, 0.0, x, side_, work);
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j) out[i * side_ + j] = static_cast<T>((x[i * side_ + j] + x[j * side_ + i]) / 2);
    // Rounding of the entries moves the small eigenvalues: g of what was written, unless that leaves the domain.
    const double written = Self::kSensitive ? value_of(n, out, whole) : value;
    return written < kInf ? written : value;
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
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side_);
    if (!eigen(x, rows, values, scratch)) return kNaN;
    if (skew > kSlack<T> * size) return kInf;
    return self().total(side_, values, kSlack<T>);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side_);
    if (!eigen(v, rows, values, scratch)) return void(all_nan(n, out));
    double *a = scratch.take<double>(n), *b = scratch.take<double>(n), *to = scratch.take<double>(side_);
    double* work = scratch.take<double>(gemm_workspace<double>(side_, side_, side_));
    const auto t = static_cast<double>(step.scalar);
    double most = 0;
    for (index i = 0; i < side_; ++i) {
      to[i] = self().map(values[i], t);
      most = std::max(most, std::abs(values[i]));
    }
    const auto turn = [&](Trans left, Trans right, const double* from, double* into) {
      gemm(left, Trans::no, side_, side_, side_, 1.0, rows, side_, from, side_, 0.0, b, side_, work);
      gemm(Trans::no, right, side_, side_, side_, 1.0, b, side_, rows, side_, 0.0, into, side_, work);
    };
    symmetric_part(cotangent, a);
    turn(Trans::no, Trans::yes, a, a);
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j) {
        const double apart = values[i] - values[j];
        a[i * side_ + j] *= std::abs(apart) > 1e-9 * most
                                ? (to[i] - to[j]) / apart
                                : (self().slope(values[i], t) + self().slope(values[j], t)) / 2;
      }
    turn(Trans::yes, Trans::no, a, a);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(a[i]);
  }

 protected:
  index side() const { return side_; }
  // The eigenvectors of the symmetric part as rows.
  template <class T>
  bool eigen(const T* v, double* rows, double* values, Scratch scratch) const {
    symmetric_part(v, rows);
    return symmetric_eigen(side_, rows, values, -kInf, scratch) >= 0;
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  template <class T>
  void symmetric_part(const T* v, double* out) const {
    for (index i = 0; i < side_; ++i)
      for (index j = 0; j < side_; ++j)
        out[i * side_ + j] = (static_cast<double>(v[i * side_ + j]) + static_cast<double>(v[j * side_ + i])) / 2;
  }
  index side_;
};

}  // namespace fenchel
