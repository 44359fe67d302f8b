#include "solvers/bilevel/smoother_risk.hpp"

namespace fenchel {

SmootherRisk smoother_risk(Risk risk, double sigma, index n, const double* r, const double* m, double* by_r,
                           double* by_m) {
  const auto samples = static_cast<double>(n);
  double squares = 0, rest = 0;
  for (index i = 0; i < n; ++i) squares += r[i] * r[i], rest += m[i];
  SmootherRisk out{0, samples - rest};
  if (risk == Risk::leave_one_out) {
    for (index i = 0; i < n; ++i) {
      const double left_out = r[i] / m[i];
      out.value += left_out * left_out / samples;
      by_r[i] = 2 / samples * left_out / m[i];
      by_m[i] = -2 / samples * left_out * left_out / m[i];
    }
    return out;
  }
  const bool sure = risk == Risk::sure;
  const double variance = sigma * sigma;
  out.value = sure ? squares - samples * variance + 2 * variance * out.degrees : samples * squares / (rest * rest);
  for (index i = 0; i < n; ++i) {
    by_r[i] = sure ? 2 * r[i] : 2 * samples / (rest * rest) * r[i];
    by_m[i] = sure ? -2 * variance : -2 * samples * squares / (rest * rest * rest);
  }
  return out;
}

}  // namespace fenchel
