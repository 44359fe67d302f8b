// psd.cpp -- g(x) = 0 on the row-major size x size matrices that are symmetric and positive semidefinite
//
// prox     of the symmetric part (v + v^T) / 2: eigenvalues -> max(eigenvalue, 0)
// offers   vjp, conjugate (0 where the symmetric part is negative semidefinite)
// paper    Parikh and Boyd, Proximal Algorithms (2014), section 6.3.3
#include "prox/symmetric_spectral.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {required(integer_param("size", 1.0, 1.0, 1e9, "rows, and columns, of the matrix"))};

class Psd final : public SymmetricSpectralProx<Psd> {
 public:
  explicit Psd(const Params& params) : SymmetricSpectralProx(params) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE; }

  static constexpr bool kSensitive = false;
  double map(double value, double) const { return std::max(value, 0.0); }
  double slope(double value, double) const { return value > 0 ? 1 : 0; }
  double measure(double) const { return 0; }
  // 0 where every eigenvalue is at least 0, up to rounding of the largest.
  double total(index count, const double* values, double slack) const {
    const double most = std::max(std::abs(values[0]), std::abs(values[count - 1]));
    return inside(values[count - 1] >= -slack * most);
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    double *rows = scratch.take<double>(n), *values = scratch.take<double>(side());
    if (!eigen(u, rows, values, scratch)) return kNaN;
    const double most = std::max(std::abs(values[0]), std::abs(values[side() - 1]));
    return inside(values[0] <= kSlack<T> * most);
  }
};

}  // namespace

const TermInfo& term_psd() {
  static constexpr TermInfo info{TermKind::prox, "psd", "0 on the symmetric positive semidefinite matrices", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Psd>(p); }};
  return info;
}

}  // namespace fenchel
