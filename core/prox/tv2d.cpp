// tv2d.cpp -- g(x) = lam TV(x) of a row-major grid: sum of |differences| to the right and below (anisotropic), or of
// the norms of both (isotropic)
//
// prox     iterative, to a certified duality gap (tv2d_solvers.hpp): || x - v ||^2 / 2 + step g(x) exceeds its minimum
// by
//          at most tol min(step g(v), || v - mean ||^2 / 2), so that || x - x* ||^2 is at most twice that. Where
//          max_iter ends the iterations first, the last point is returned.
// paper    Chambolle and Pock (2015) on rows and columns; Beck and Teboulle (2009) for the isotropic one
#include "prox/tv2d_solvers.hpp"
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e150, "weight of the variation"),
    required(integer_param("rows", 1.0, 1.0, 1e9, "rows of the grid")),
    required(integer_param("cols", 1.0, 1.0, 1e9, "columns of the grid")),
    integer_param("isotropic", 0.0, 0.0, 1.0, "1: norms of the two differences instead of the sum of their moduli"),
    real_param("tol", 0.0, 0.0, 1.0,
               "duality gap relative to the better of v and its mean; 0: float64 1e-9, float32 1e-6"),
    integer_param("max_iter", 20000.0, 1.0, 1e9, "most inner iterations"),
};

class Tv2d final : public ProxOf<Tv2d> {
 public:
  explicit Tv2d(const Params& params)
      : grid_{params.integer("rows"), params.integer("cols")},
        lam_(params.real("lam")),
        tol_(params.real("tol")),
        max_iter_(params.integer("max_iter")),
        isotropic_(params.flag("isotropic")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_EVEN | PROX_FULL_DOMAIN; }
  index size() const override { return grid_.count(); }
  index scratch_bytes(index n) const override {
    return 2 * scratch_for<double>(n) + (isotropic_ ? IsotropicTv::bytes(grid_) : RowsColumnsTv::bytes(grid_));
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    double *centred = scratch.take<double>(n), *x = scratch.take<double>(n);
    const double mean = lane_sum(n, v, [](double a) { return a; }) / static_cast<double>(n);
    if (!(std::abs(mean) < kInf)) return all_nan(n, out);
    double squares = 0;
    for (index i = 0; i < n; ++i) {
      centred[i] = static_cast<double>(v[i]) - mean;
      squares += centred[i] * centred[i];
    }
    const double weight = static_cast<double>(step.scalar) * lam_;
    const double flat = squares / 2, same = weight * grid_sums(grid_, centred, centred, isotropic_).variation;
    const double tol = tol_ > 0 ? tol_ : sizeof(T) == 4 ? 1e-6 : 1e-9;
    // No gap below what rounding makes of the sums that it is the difference of.
    const GapRule rule{std::max(tol * std::min(flat, same), 1e-15 * flat), max_iter_};
    if (weight == 0)
      std::copy(centred, centred + n, x);
    else if (isotropic_)
      IsotropicTv(grid_, scratch).solve(centred, weight, rule, x);
    else
      RowsColumnsTv(grid_, scratch).solve(centred, weight, rule, x);
    // The solvers' dual point gives the constant 0 the gap || x ||^2 / 2: where it is that good it is the cleaner
    // answer.
    const bool constant = grid_sums(grid_, centred, x, isotropic_).squares / 2 <= rule.target;
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(constant ? mean : x[i] + mean);
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index, const T* x, Scratch) const {
    double value = 0;
    for (index r = 0; r < grid_.rows; ++r) {
      const index below = r + 1 < grid_.rows ? grid_.cols : 0;
      for (index c = 0; c < grid_.cols; ++c) {
        const index i = r * grid_.cols + c, beside = c + 1 < grid_.cols ? 1 : 0;
        const double down = static_cast<double>(x[i + below]) - static_cast<double>(x[i]);
        const double right = static_cast<double>(x[i + beside]) - static_cast<double>(x[i]);
        value += isotropic_ ? std::hypot(down, right) : std::abs(down) + std::abs(right);
      }
    }
    return lam_ == 0 && value == value ? 0 : lam_ * value;
  }

 private:
  GridShape grid_;
  double lam_, tol_;
  index max_iter_;
  bool isotropic_;
};

}  // namespace

const TermInfo& term_tv2d() {
  static constexpr TermInfo info{TermKind::prox, "tv2d",
                                 "lam TV(x) of a grid, anisotropic or isotropic, to a certified duality gap", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Tv2d>(p); }};
  return info;
}

}  // namespace fenchel
