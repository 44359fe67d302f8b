// logistic_loss.cpp -- f(y, z) = log(1 + exp(-y z)), y = -1 or 1
//
// f' = -y sigma(-y z),  f'' = sigma (1 - sigma) <= 1/4,  f*(u) = v log v + (1 - v) log(1 - v), v = -u y in [0, 1]
// With e = exp(-|y z|) nothing overflows and small losses keep their digits.
#include <algorithm>

#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0.0; }

class Logistic final : public ScalarLoss<Logistic> {
 public:
  static constexpr bool kExponential = true, kLogarithm = true;
  static constexpr const char* kLegal = "-1 or 1";
  const char* name() const override { return "logistic"; }
  double curvature() const override { return 0.25; }
  double curvature_slope() const override { return 0.096225044864937627; }  // 1 / (6 sqrt 3)
  bool legal(double y) const { return y == -1 || y == 1; }
  double exponent(double y, double z) const { return -std::abs(y * z); }
  double value1(double y, double z, double, double log) const { return std::max(-y * z, 0.0) + log; }
  // Without a branch: signs are hard to predict.
  double slope1(double y, double z, double e) const {
    const auto wrong = static_cast<double>(y * z < 0);
    return -y * (wrong + (1 - wrong) * e) / (1 + e);
  }
  double curvature1(double, double, double e) const { return e / ((1 + e) * (1 + e)); }
  double conjugate1(double y, double u) const {
    const double v = -u * y;
    if (!(v >= -kDualSlack && v <= 1 + kDualSlack)) return kInf;
    return x_log_x(v) + x_log_x(1 - v);
  }
};

constexpr std::span<const ParamInfo> kParams = kModelParams;

}  // namespace

const TermInfo& term_logistic_loss() {
  static constexpr TermInfo info{
      TermKind::smooth, "logistic", "sum_i s_i log(1 + exp(-y_i ((A x)_i + b + o_i))), y_i = -1 or 1", kParams,
      [](const Params& p) -> TermPtr { return make_model_term(p, std::make_shared<Logistic>()); }};
  return info;
}

}  // namespace fenchel
