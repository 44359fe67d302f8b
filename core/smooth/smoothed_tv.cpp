// smoothed_tv.cpp -- f(x) = lam sum_i phi(| (D x)_i |), D x the forward differences of a signal, picture or volume
//
// phi(r)   sqrt(r^2 + eps^2) - eps, or Huber's r^2 / (2 eps) up to eps and r - eps / 2 beyond: a modulus with its
//          corner rounded. | . | takes all differences at a grid point together (isotropic) or each alone
//          (anisotropic).
// with     z = D x, s = sqrt(|z|^2 + eps^2) or max(|z|, eps), b = 1 / s^2 (Huber: 0 up to eps):
//          gradient lam D^T (z / s),  Hessian lam D^T M D, M = (I - b z z^T) / s,
//          by eps  - lam eps D^T (z / s^3)  (Huber: - lam / eps^2 D^T z up to eps, 0 beyond)
// bounds   gradient: lam ||D||^2 / eps; Hessian: lam 1.5 / 1.25^2.5 / eps^2 max_i || D_i || ||D||^2, since phi''' of
//          the rounded norm is largest at |z| = eps / 2 and || D_i || <= sqrt(1 + axes); Huber's Hessian jumps.
// paper    Rudin, Osher and Fatemi (1992); Vogel and Oman, Iterative methods for total variation denoising (1996);
//          learned weights and eps: Salehi et al., An adaptively inexact first-order method for bilevel optimization
//          (2024), sec. 4.2
#include "smooth/smoothed_tv.hpp"

#include "smooth/smooth.hpp"

namespace fenchel {

const TermInfo& term_differences_operator();

namespace {

constexpr ParamInfo kParams[] = {
    required(indices_param("shape", "1 to 3 lengths; x is row-major")),
    indices_param("axes", "ascending axes to take differences along; absent: all"),
    real_param("lam", 1.0, 0.0, 1e150, "weight of the variation"),
    real_param("eps", 0.01, 1e-100, 1e100, "differences below this count by their squares, about"),
    integer_param("huber", 0, 0, 1, "1: Huber's function instead of sqrt(r^2 + eps^2) - eps"),
    integer_param("anisotropic", 0, 0, 1, "1: each difference alone instead of the norm of all at a grid point"),
};

class SmoothedTv final : public SmoothOf<SmoothedTv> {
 public:
  explicit SmoothedTv(const Params& params) {
    tv_.shape = grid_shape("shape", copy_indices(params.array("shape")));
    tv_.axes = grid_axes(tv_.shape, copy_indices(params.array("axes")));
    tv_.lam = params.real("lam");
    tv_.eps = params.real("eps");
    tv_.huber = params.flag("huber");
    std::vector<Params::Value> own;
    for (const char* name : {"shape", "axes"})
      if (params.has(name)) own.push_back({name, 0, params.array(name), nullptr});
    const TermInfo& differences = term_differences_operator();
    tv_.D = std::static_pointer_cast<const Operator>(differences.make(Params(differences.params, std::move(own))));
    tv_.together = params.flag("anisotropic") ? 1 : static_cast<int>(tv_.axes.size());
    tv_.points = tv_.D->rows() / tv_.together;
  }
  unsigned caps() const override { return SMOOTH_CONVEX | SMOOTH_HVP | SMOOTH_LIPSCHITZ; }
  index size() const override { return tv_.shape.size; }
  index scratch_bytes() const override { return 2 * scratch_for<double>(tv_.D->rows()) + tv_.D->scratch_bytes(); }
  double lipschitz(index*) const override { return tv_.lam * square_norm() / eps(); }
  double hessian_lipschitz() const override {
    if (tv_.lam == 0) return 0;
    if (tv_.huber) return kInf;
    const double third = 1.5 / std::pow(1.25, 2.5) / (eps() * eps());
    return tv_.lam * third * std::sqrt(1.0 + tv_.together) * square_norm();
  }
  bool has_number(SmoothNumber) const override { return true; }
  double number_slope_lipschitz(SmoothNumber number) const override {
    if (number == SmoothNumber::lam) return square_norm() / eps();
    return tv_.huber ? kInf : tv_.lam * square_norm() / (eps() * eps());
  }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const {
    T* z = scratch.take<T>(tv_.D->rows());
    tv_.D->apply(x, z, scratch);
    double sum = 0;
    tv_.each_point([&]<int K>(index i) {
      const double r2 = tv_.square<K>(z, i), s = std::sqrt(tv_.rounded(r2));
      if (!tv_.huber)
        sum += r2 / (s + eps());
      else
        sum += r2 <= eps() * eps() ? 0.5 * r2 / eps() : s - 0.5 * eps();
      scale<K>(z, i, tv_.lam / s);
    });
    if (gradient != nullptr) tv_.D->adjoint(z, gradient, scratch);
    return tv_.lam * sum;
  }
  template <class T>
  void hvp_of(const T* x, const T* v, T* out, Scratch scratch) const {
    T *z = scratch.take<T>(tv_.D->rows()), *w = scratch.take<T>(tv_.D->rows());
    tv_.D->apply(x, z, scratch);
    tv_.D->apply(v, w, scratch);
    tv_.each_point([&]<int K>(index i) {
      const double r2 = tv_.square<K>(z, i), s2 = tv_.rounded(r2), factor = tv_.lam / std::sqrt(s2);
      double along = 0;
      for (int k = 0; k < K; ++k)
        along += static_cast<double>(z[i + k * tv_.points]) * static_cast<double>(w[i + k * tv_.points]);
      along = tv_.bends(r2) ? along / s2 : 0;
      for (int k = 0; k < K; ++k) {
        const index at = i + k * tv_.points;
        w[at] = static_cast<T>((static_cast<double>(w[at]) - static_cast<double>(z[at]) * along) * factor);
      }
    });
    tv_.D->adjoint(w, out, scratch);
  }
  void number_slope(SmoothNumber number, const double* x, double* out, Scratch scratch) const override {
    double* z = scratch.take<double>(tv_.D->rows());
    tv_.D->apply(x, z, scratch);
    tv_.each_point([&]<int K>(index i) {
      const double r2 = tv_.square<K>(z, i), s2 = tv_.rounded(r2), s = std::sqrt(s2);
      double factor = 1 / s;
      if (number == SmoothNumber::eps)
        factor = !tv_.huber ? -tv_.lam * eps() / (s2 * s) : r2 <= eps() * eps() ? -tv_.lam / (eps() * eps()) : 0.0;
      scale<K>(z, i, factor);
    });
    tv_.D->adjoint(z, out, scratch);
  }
  std::unique_ptr<NewtonMatrix> newton_matrix(const NewtonMatrix* before) const override {
    return std::make_unique<TvMatrix>(tv_, before);
  }

 private:
  double square_norm() const { return RoundedVariation::sq(tv_.D->norm_bound()); }
  double eps() const { return tv_.eps; }
  template <int K, class T>
  void scale(T* z, index i, double factor) const {
    for (int k = 0; k < K; ++k)
      z[i + k * tv_.points] = static_cast<T>(factor * static_cast<double>(z[i + k * tv_.points]));
  }

  RoundedVariation tv_;
};

}  // namespace

const TermInfo& term_smoothed_tv() {
  static constexpr TermInfo info{TermKind::smooth, "smoothed_tv",
                                 "lam sum_i sqrt(|(D x)_i|^2 + eps^2) - eps: total variation, its corner rounded",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<SmoothedTv>(p); }};
  return info;
}

}  // namespace fenchel
