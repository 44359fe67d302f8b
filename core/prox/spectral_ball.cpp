// spectral_ball.cpp -- g(x) = 0 on the row-major rows x cols matrices whose singular values are at most radius
//
// prox     sigma -> min(sigma, radius)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.7
#include "prox/spectral.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("rows", 1.0, 1.0, 1e9, "rows of the matrix")),
    required(integer_param("cols", 1.0, 1.0, 1e9, "columns of the matrix")),
    real_param("radius", 1.0, 0.0, 1e300, "radius of the ball"),
};

class SpectralBall final : public SpectralProx<SpectralBall> {
 public:
  explicit SpectralBall(const Params& params) : SpectralProx(params), radius_(params.real("radius")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | PROX_EVEN; }

  // v less what is too much of its largest parts; where nearly all of it is, rather what is left of each part, without
  // cancellation.
  SpectralPlan plan(double, double frobenius) const {
    const bool keep = radius_ >= 1e-3 * frobenius;
    return {keep ? radius_ : 0, keep};
  }
  double shrink(index count, const double* sigma, double, bool keep, double* factor) const {
    for (index i = 0; i < count; ++i) factor[i] = (sigma[i] > radius_ ? radius_ / sigma[i] : 1) - (keep ? 1 : 0);
    return 0;
  }
  double map(double sigma, double) const { return std::min(sigma, radius_); }
  double slope(double sigma, double) const { return sigma < radius_ ? 1 : 0; }
  double measure(index k, const double* sigma, double slack) const {
    double most = 0;
    for (index i = 0; i < k; ++i) most = std::max(most, sigma[i]);
    return inside(most <= radius_ * (1 + slack));
  }

 private:
  double radius_;
};

}  // namespace

const TermInfo& term_spectral_ball() {
  static constexpr TermInfo info{TermKind::prox, "spectral_ball",
                                 "0 on the matrices with singular values at most radius", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<SpectralBall>(p); }};
  return info;
}

}  // namespace fenchel
