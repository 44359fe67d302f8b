// least_squares_loss.cpp -- f(y, z) = (y - z)^2 / 2
//
// f' = z - y,  f'' = 1,  f*(u) = u^2 / 2 + u y
#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

class LeastSquares final : public ScalarLoss<LeastSquares> {
 public:
  static constexpr const char* kLegal = "a finite number";
  const char* name() const override { return "least_squares"; }
  bool quadratic() const override { return true; }
  double curvature() const override { return 1; }
  bool target_slopes(index n, const double*, const double*, const double* s, double* out) const override {
    for (index i = 0; i < n; ++i) out[i] = s == nullptr ? -1.0 : -s[i];
    return true;
  }
  bool legal(double y) const { return std::isfinite(y); }
  double value1(double y, double z) const { return 0.5 * (z - y) * (z - y); }
  double slope1(double y, double z) const { return z - y; }
  double curvature1(double, double) const { return 1; }
  double conjugate1(double y, double u) const { return u * (0.5 * u + y); }
};

constexpr std::span<const ParamInfo> kParams = kModelParams;

}  // namespace

std::shared_ptr<const Loss> least_squares_loss() { return std::make_shared<LeastSquares>(); }

const TermInfo& term_least_squares_loss() {
  static constexpr TermInfo info{TermKind::smooth, "least_squares", "sum_i s_i (y_i - (A x)_i - b - o_i)^2 / 2",
                                 kParams,
                                 [](const Params& p) -> TermPtr { return make_model_term(p, least_squares_loss()); }};
  return info;
}

}  // namespace fenchel
