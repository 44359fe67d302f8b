// squared_hinge_loss.cpp -- f(y, z) = max(0, 1 - y z)^2 / 2, y = -1 or 1
//
// f' = -y max(0, 1 - y z),  f'' = 1 or 0,  f*(u) = v^2 / 2 - v, v = -u y >= 0
#include <algorithm>

#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

class SquaredHinge final : public ScalarLoss<SquaredHinge> {
 public:
  static constexpr const char* kLegal = "-1 or 1";
  const char* name() const override { return "squared_hinge"; }
  double curvature() const override { return 1; }
  bool legal(double y) const { return y == -1 || y == 1; }
  static double slack(double y, double z) {
    const double t = 1 - y * z;
    return t < 0 ? 0 : t;  // NaN stays
  }
  double value1(double y, double z) const { return 0.5 * slack(y, z) * slack(y, z); }
  double slope1(double y, double z) const { return -y * slack(y, z); }
  double curvature1(double y, double z) const { return slack(y, z) > 0 ? 1.0 : 0.0; }
  double conjugate1(double y, double u) const {
    const double v = -u * y;
    return v >= -kDualSlack ? v * (0.5 * v - 1) : kInf;
  }
};

constexpr std::span<const ParamInfo> kParams = kModelParams;

}  // namespace

const TermInfo& term_squared_hinge_loss() {
  static constexpr TermInfo info{
      TermKind::smooth, "squared_hinge", "sum_i s_i max(0, 1 - y_i ((A x)_i + b + o_i))^2 / 2, y_i = -1 or 1", kParams,
      [](const Params& p) -> TermPtr { return make_model_term(p, std::make_shared<SquaredHinge>()); }};
  return info;
}

}  // namespace fenchel
