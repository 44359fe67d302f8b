// nuclear.cpp -- g(x) = lam times the sum of the singular values of a row-major rows x cols matrix
//
// prox     singular value thresholding: sigma -> max(sigma - step lam, 0)
// offers   vjp, value at the result; linsolve/singular_parts.hpp has the decomposition
// paper    Cai, Candes and Shen, A singular value thresholding algorithm for matrix completion (2010)
#include "prox/spectral.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("rows", 1.0, 1.0, 1e9, "rows of the matrix")),
    required(integer_param("cols", 1.0, 1.0, 1e9, "columns of the matrix")),
    real_param("lam", 1.0, 0.0, 1e300, "weight of the norm"),
};

class Nuclear final : public SpectralProx<Nuclear> {
 public:
  explicit Nuclear(const Params& params) : SpectralProx(params), lam_(params.real("lam")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_EVEN | PROX_FULL_DOMAIN; }

  SpectralPlan plan(double step, double) const { return {step * lam_, false}; }
  double shrink(index count, const double* sigma, double step, bool, double* factor) const {
    double sum = 0;
    for (index i = 0; i < count; ++i) {
      const double left = std::max(sigma[i] - step * lam_, 0.0);
      factor[i] = left > 0 ? left / sigma[i] : 0;
      sum += left;
    }
    return lam_ * sum;
  }
  double map(double sigma, double step) const { return std::max(sigma - step * lam_, 0.0); }
  double slope(double sigma, double step) const { return sigma > step * lam_ || step * lam_ == 0 ? 1 : 0; }
  double measure(index k, const double* sigma, double) const {
    double sum = 0;
    for (index i = 0; i < k; ++i) sum += sigma[i];
    return lam_ * sum;
  }

 private:
  double lam_;
};

}  // namespace

const TermInfo& term_nuclear() {
  static constexpr TermInfo info{TermKind::prox, "nuclear",
                                 "lam times the sum of singular values: singular value thresholding", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Nuclear>(p); }};
  return info;
}

}  // namespace fenchel
