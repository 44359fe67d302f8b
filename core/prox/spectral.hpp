// spectral.hpp -- terms g(x) = h(singular values) of a row-major matrix: Self says what becomes of the values.
//
// Self offers  double shrink(index k, const double* sigma, double step, double* factor) const: factor[i] = what is left
// of sigma[i] over sigma[i]; returns g at the result;  and  double measure(index k, const double* sigma, double slack)
// const: g.
#pragma once
#include "linsolve/symmetric_eigen.hpp"
#include "prox/vectors.hpp"

namespace fenchel {

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
    SingularParts parts;
    if (!decompose(n, v, a, parts, scratch)) return all_nan(n, out);
    const double value = self().shrink(parts.k, parts.values, static_cast<double>(step.scalar), factor);
    bool same = true;
    for (index i = 0; i < parts.k; ++i) same = same && factor[i] == 1;
    if (!same) compose_parts(rows_, cols_, parts, factor, a, scratch);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(a[i]);
    return value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double* a = scratch.take<double>(n);
    SingularParts parts;
    return decompose(n, x, a, parts, scratch) ? self().measure(parts.k, parts.values, kSlack<T>) : kNaN;
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  template <class T>
  bool decompose(index n, const T* v, double* a, SingularParts& parts, Scratch& scratch) const {
    for (index i = 0; i < n; ++i) a[i] = static_cast<double>(v[i]);
    return singular_parts(rows_, cols_, a, parts, scratch);
  }
  index rows_, cols_;
};

}  // namespace fenchel
