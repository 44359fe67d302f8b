// poisson_loss.cpp -- f(y, z) = exp(z) - y z, y >= 0: Poisson counts by the log link, less what does not depend on z
//
// f' = exp(z) - y,  f'' = exp(z) (no global bound),  f*(u) = (u + y) log(u + y) - (u + y), u >= -y
#include <algorithm>

#include "smooth/model_term.hpp"
#include "smooth/scalar_loss.hpp"

namespace fenchel {
namespace {

class Poisson final : public ScalarLoss<Poisson> {
 public:
  static constexpr bool kExponential = true;
  static constexpr const char* kLegal = ">= 0 and finite";
  const char* name() const override { return "poisson"; }
  double curvature() const override { return kInf; }
  bool target_slopes(index n, const double*, const double*, const double* s, double* out) const override {
    for (index i = 0; i < n; ++i) out[i] = s == nullptr ? -1.0 : -s[i];
    return true;
  }
  bool legal(double y) const { return y >= 0 && y < kInf; }
  double exponent(double, double z) const { return z; }
  double value1(double y, double z, double e) const { return y == 0 ? e : e - y * z; }
  double slope1(double y, double, double e) const { return e - y; }
  double curvature1(double, double, double e) const { return e; }
  double conjugate1(double y, double u) const {
    const double t = u + y;
    if (!(t >= -kDualSlack * (1 + y))) return kInf;
    return t > 0 ? t * std::log(t) - t : 0.0;
  }
};

constexpr std::span<const ParamInfo> kParams = kModelParams;

}  // namespace

const TermInfo& term_poisson_loss() {
  static constexpr TermInfo info{
      TermKind::smooth, "poisson", "sum_i s_i (exp(z_i) - y_i z_i), z = A x + b + o, y_i >= 0", kParams,
      [](const Params& p) -> TermPtr { return make_model_term(p, std::make_shared<Poisson>()); }};
  return info;
}

}  // namespace fenchel
