// spectral.hpp -- terms g(x) = h(singular values) of a row-major matrix: Self says what becomes of the values.
//
// Self offers
//   SpectralPlan plan(double step, double frobenius) const                   frobenius: the norm of all entries
//   double shrink(index count, const double* sigma, double step, bool keep, double* factor) const     returns g at the
//                                                                            result
//   double measure(index k, const double* sigma, double slack) const         g
#pragma once
#include "linsolve/singular_parts.hpp"
#include "prox/vectors.hpp"

namespace fenchel {

// prox = (keep ? v : 0) + sum over i of factor[i] times the i-th part of v; parts of singular values up to `floor` get
// factor 0 and need not be found.
struct SpectralPlan {
  double floor;
  bool keep;
};

template <class Self>
class SpectralProx : public ProxOf<Self> {
 public:
  explicit SpectralProx(const Params& params) : rows_(params.integer("rows")), cols_(params.integer("cols")) {}
  index size() const final { return rows_ * cols_; }
  index scratch_bytes(index n) const final {
    return scratch_for<double>(n) + scratch_for<double>(std::min(rows_, cols_)) + singular_parts_bytes(rows_, cols_);
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    double* a = scratch.take<double>(n);
    double* factor = scratch.take<double>(std::min(rows_, cols_));
    const auto t = static_cast<double>(step.scalar);
    SingularParts parts;
    const double norm = std::sqrt(lane_sum(n, v, [](double x) { return x * x; }));
    const SpectralPlan plan = self().plan(t, norm);
    if (!decompose(n, v, plan.floor, a, parts, scratch)) return all_nan(n, out);
    const double value = self().shrink(parts.count, parts.values, t, plan.keep, factor);
    bool same = !plan.keep && parts.count == parts.k;
    for (index i = 0; i < parts.count; ++i) same = same && factor[i] == 1;
    if (!same) {
      if (!plan.keep) std::fill(a, a + n, 0.0);
      add_parts(rows_, cols_, parts, factor, a, scratch);
    }
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(a[i]);
    return value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double* a = scratch.take<double>(n);
    SingularParts parts;
    return decompose(n, x, 0, a, parts, scratch) ? self().measure(parts.k, parts.values, kSlack<T>) : kNaN;
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  template <class T>
  bool decompose(index n, const T* v, double floor, double* a, SingularParts& parts, Scratch& scratch) const {
    for (index i = 0; i < n; ++i) a[i] = static_cast<double>(v[i]);
    return singular_parts(rows_, cols_, a, floor, parts, scratch);
  }
  index rows_, cols_;
};

}  // namespace fenchel
