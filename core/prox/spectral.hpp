// spectral.hpp -- terms g(x) = h(singular values) of a row-major matrix: Self says what becomes of the values.
//
// Self offers
//   SpectralPlan plan(double step, double frobenius) const                   frobenius: the norm of all entries
//   double shrink(index count, const double* sigma, double step, bool keep, double* factor) const     returns g at the
//                                                                            result
//   double measure(index k, const double* sigma, double slack) const         g
// and may offer, for vjp, the map of one singular value and its derivative, at 0 too:
//   double map(double sigma, double step) const        double slope(double sigma, double step) const
// vjp, with v = U S V^T, C = U^T cotangent V split into its symmetric and skew parts: U (G- o sym C + G+ o skew C) V^T,
// G-+ the divided differences of the map, odd, of s_i and +-s_j (Daleckii and Krein, 1965), and the cotangent beyond U
// times map(s) / s.
#pragma once
#include "linsolve/gemm.hpp"
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
    const index k = std::min(rows_, cols_);
    return 3 * scratch_for<double>(n) + scratch_for<double>(k) + 2 * scratch_for<double>(k * k) +
           scratch_for<double>(work_size()) + singular_parts_bytes(rows_, cols_);
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
  requires requires(const Self& self) { self.slope(0.0, 0.0); }
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    double* c = scratch.take<double>(n);
    SingularParts parts;
    if (!decompose(n, v, 0, c, parts, scratch)) return void(all_nan(n, out));
    for (index i = 0; i < n; ++i) c[i] = static_cast<double>(cotangent[i]);
    turn_back(parts, static_cast<double>(step.scalar), c, scratch);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(c[i]);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double* a = scratch.take<double>(n);
    SingularParts parts;
    return decompose(n, x, 0, a, parts, scratch) ? self().measure(parts.k, parts.values, kSlack<T>) : kNaN;
  }

 private:
  index work_size() const {
    const index k = std::min(rows_, cols_), m = std::max(rows_, cols_);
    return std::max({gemm_workspace<double>(k, m, k), gemm_workspace<double>(m, k, k), gemm_workspace<double>(k, k, m),
                     gemm_workspace<double>(rows_, cols_, k)});
  }

  // The factors of the divided differences for the pair i, j of singular values.
  struct Pair {
    double even, odd;
  };
  Pair differences(double si, double sj, double most, double t) const {
    const double fi = self().map(si, t), fj = self().map(sj, t), apart = si - sj, sum = si + sj;
    const bool near = std::abs(apart) <= 1e-9 * most;
    return {near ? (self().slope(si, t) + self().slope(sj, t)) / 2 : (fi - fj) / apart,
            sum > 1e-9 * most ? (fi + fj) / sum : self().slope(0, t)};
  }

  // c, the cotangent, becomes the vjp. Rows of t: the cotangent along each vector of the shorter side. Where sigma is
  // rounding the longer side's vector is not known: what is not along the others' counts as beyond them.
  void turn_back(SingularParts& parts, double t, double* c, Scratch scratch) const {
    const index k = parts.k, m = parts.m;
    double *along = scratch.take<double>(k * m), *inner = scratch.take<double>(k * k),
           *mixed = scratch.take<double>(k * k);
    double* work = scratch.take<double>(work_size());
    const bool tall = rows_ >= cols_;
    const double most = k > 0 ? *std::max_element(parts.values, parts.values + k) : 0;
    index known = 0;
    while (known < k && parts.values[known] > 1e-9 * most) {
      const double unit = 1 / parts.values[known];
      for (index j = 0; j < m; ++j) parts.longer[known * m + j] *= unit;
      ++known;
    }
    gemm(Trans::no, tall ? Trans::yes : Trans::no, k, m, k, 1.0, parts.shorter, k, c, cols_, 0.0, along, m, work);
    gemm(Trans::no, Trans::yes, known, k, m, 1.0, parts.longer, m, along, m, 0.0, inner, k, work);
    for (index i = 0; i < known; ++i)
      for (index j = 0; j < k; ++j) {
        const double here = inner[i * k + j], there = j < known ? inner[j * k + i] : here;
        const Pair pair = differences(parts.values[i], j < known ? parts.values[j] : 0, most, t);
        mixed[i * k + j] =
            pair.even * (here + there) / 2 + pair.odd * (here - there) / 2 - beyond(parts, known, j, t) * here;
      }
    for (index j = 0; j < k; ++j)
      for (index i = 0; i < m; ++i) along[j * m + i] *= beyond(parts, known, j, t);
    gemm(Trans::yes, Trans::no, k, m, known, 1.0, mixed, k, parts.longer, m, 1.0, along, m, work);
    const double *left = tall ? along : parts.shorter, *right = tall ? parts.shorter : along;
    gemm(Trans::yes, Trans::no, rows_, cols_, k, 1.0, left, rows_, right, cols_, 0.0, c, cols_, work);
  }
  double beyond(const SingularParts& parts, index known, index j, double t) const {
    return j < known ? self().map(parts.values[j], t) / parts.values[j] : self().slope(0, t);
  }

  const Self& self() const { return static_cast<const Self&>(*this); }

  template <class T>
  bool decompose(index n, const T* v, double floor, double* a, SingularParts& parts, Scratch& scratch) const {
    for (index i = 0; i < n; ++i) a[i] = static_cast<double>(v[i]);
    return singular_parts(rows_, cols_, a, floor, parts, scratch);
  }
  index rows_, cols_;
};

}  // namespace fenchel
