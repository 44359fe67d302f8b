// log_det.cpp -- g(x) = -lam log det X on the symmetric positive definite row-major size x size matrices X
//
// prox     of the symmetric part (v + v^T) / 2, t = step lam: eigenvalues m -> (m + sqrt(m^2 + 4 t)) / 2
// offers   vjp, conjugate lam (-size - log det(-U / lam)), U the symmetric part
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.7.5
#include "prox/symmetric_spectral.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("size", 1.0, 1.0, 1e9, "rows, and columns, of the matrix")),
    real_param("lam", 1.0, 1e-300, 1e150, "weight of the logarithm"),
};

class LogDet final : public SymmetricSpectralProx<LogDet> {
 public:
  explicit LogDet(const Params& params) : SymmetricSpectralProx(params), lam_(params.real("lam")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_VJP | PROX_CONJUGATE; }

  static constexpr bool kSensitive = true;
  // Without cancellation for negative eigenvalues.
  double map(double value, double step) const {
    const double t = step * lam_, root = std::hypot(value, 2 * std::sqrt(t));
    return value > 0 ? (value + root) / 2 : 2 * t / (root - value);
  }
  double slope(double value, double step) const {
    return map(value, step) / std::hypot(value, 2 * std::sqrt(step * lam_));
  }
  double measure(double value) const { return -lam_ * std::log(value); }
  double total(index count, const double* values, double) const {
    double sum = 0;
    for (index i = 0; i < count; ++i) sum += values[i] > 0 ? measure(values[i]) : kInf;
    return sum;
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side());
    if (!eigen(u, rows, values, scratch)) return kNaN;
    double sum = 0;
    for (index i = 0; i < side(); ++i) sum += values[i] < 0 ? -lam_ * (1 + std::log(-values[i] / lam_)) : kInf;
    return sum;
  }

 private:
  double lam_;
};

}  // namespace

const TermInfo& term_log_det() {
  static constexpr TermInfo info{TermKind::prox, "log_det",
                                 "-lam log det X on the symmetric positive definite matrices", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<LogDet>(p); }};
  return info;
}

}  // namespace fenchel
