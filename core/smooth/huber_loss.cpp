// huber_loss.cpp -- f(y, z) = r^2 / 2 for |r| <= delta, delta (|r| - delta / 2) beyond; r = z - y
//
// f' = clip(r, -delta, delta),  f'' = 1 or 0,  f*(u) = u^2 / 2 + u y, |u| <= delta
// paper    Huber, Robust estimation of a location parameter (1964)
#include <algorithm>

#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

class HuberLoss final : public ScalarLoss<HuberLoss> {
 public:
  static constexpr const char* kLegal = "a finite number";
  explicit HuberLoss(double delta) : delta_(delta) {}
  const char* name() const override { return "huber"; }
  double curvature() const override { return 1; }
  bool target_slopes(index n, const double* z, const double* y, const double* s, double* out) const override {
    curvatures(n, z, y, s, out);
    for (index i = 0; i < n; ++i) out[i] = -out[i];
    return true;
  }
  bool legal(double y) const { return std::isfinite(y); }
  double value1(double y, double z) const {
    const double r = std::abs(z - y), inside = std::min(r, delta_);
    return inside * (r - 0.5 * inside);
  }
  double slope1(double y, double z) const { return std::max(std::min(z - y, delta_), -delta_); }
  double curvature1(double y, double z) const { return std::abs(z - y) <= delta_ ? 1.0 : 0.0; }
  double conjugate1(double y, double u) const {
    return std::abs(u) <= delta_ * (1 + kDualSlack) ? u * (0.5 * u + y) : kInf;
  }

 private:
  double delta_;
};

constexpr ParamInfo kOwn[] = {
    real_param("delta", 1.0, 1e-300, 1e300, "residuals beyond this count linearly"),
};
constexpr auto kParams = with_model_params(kOwn);

}  // namespace

const TermInfo& term_huber_loss() {
  static constexpr TermInfo info{
      TermKind::smooth, "huber", "sum_i s_i huber_delta(y_i - (A x)_i - b - o_i): squares near 0, linear beyond delta",
      kParams,
      [](const Params& p) -> TermPtr { return make_model_term(p, std::make_shared<HuberLoss>(p.real("delta"))); }};
  return info;
}

}  // namespace fenchel
