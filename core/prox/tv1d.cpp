// tv1d.cpp -- g(x) = lam sum_i w_i |x_{i+1} - x_i|, total variation in one dimension (fused lasso)
//
// prox     exact, O(n) for any data (tv1d_solver.hpp); the mean where lam is large
// offers   vjp (means over the constant pieces), conjugate (running sums of u bounded by lam w, total 0)
// paper    Johnson, A dynamic programming algorithm for the fused lasso and L0-segmentation (2013)
#include "prox/tv1d_solver.hpp"
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e150, "weight of the variation"),
    array_param("weights", 0.0, 1e150, "(n - 1) weights w_i of the jumps; 0 separates the signal there"),
};

class Tv1d final : public ProxOf<Tv1d> {
 public:
  explicit Tv1d(const Params& params) : lam_(params.real("lam")), weights_(copy_doubles(params.array("weights"))) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }
  index size() const override { return weights_.empty() ? kAnySize : static_cast<index>(weights_.size()) + 1; }
  index scratch_bytes(index n) const override { return scratch_for<double>(n) + Tv1dSolver::bytes(n); }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    const double* x = solve(n, v, static_cast<double>(step.scalar), scratch);
    if (x == nullptr) return all_nan(n, out);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(x[i]);
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    double value = 0;
    for (index i = 0; i + 1 < n; ++i) {
      const double jump = std::abs(static_cast<double>(x[i + 1]) - static_cast<double>(x[i]));
      value += weights_.empty() ? jump : level(i) * jump;
    }
    return weights_.empty() ? (lam_ == 0 && value == value ? 0 : lam_ * value) : value;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    const double* x = solve(n, v, static_cast<double>(step.scalar), scratch);
    if (x == nullptr) return void(all_nan(n, out));
    for (index first = 0, end = 0; first < n; first = end) {
      double sum = static_cast<double>(cotangent[first]);
      for (end = first + 1; end < n && x[end] == x[first] && level(end - 1) > 0; ++end)
        sum += static_cast<double>(cotangent[end]);
      std::fill(out + first, out + end, static_cast<T>(sum / static_cast<double>(end - first)));
    }
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    double sum = 0, size = 0, most = 0;
    bool legal = true;
    for (index i = 0; i < n; ++i) {
      sum += static_cast<double>(u[i]);
      size += std::abs(static_cast<double>(u[i]));
      const double bound = i + 1 < n ? level(i) : 0;
      most = std::max(most, bound);
      legal = legal && std::abs(sum) <= bound + kSlack<T> * std::max(size, bound);
    }
    return sum != sum ? kNaN : inside(legal);
  }

 private:
  double level(index i) const { return weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(i)]; }

  // The point in double, in memory of `scratch`; null with a NaN or an infinity.
  template <class T>
  const double* solve(index n, const T* v, double step, Scratch& scratch) const {
    double* x = scratch.take<double>(n);
    for (index i = 0; i < n; ++i) x[i] = static_cast<double>(v[i]);
    Tv1dSolver solver(n, scratch);
    const bool finite = weights_.empty() ? solver.solve(n, x, [lam = step * lam_](index) { return lam; })
                                         : solver.solve(n, x, [&](index i) { return step * level(i); });
    return finite ? x : nullptr;
  }

  double lam_;
  std::vector<double> weights_;
};

}  // namespace

const TermInfo& term_tv1d() {
  static constexpr TermInfo info{TermKind::prox, "tv1d", "lam sum_i w_i |x_{i+1} - x_i|: total variation of a signal",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Tv1d>(p); }};
  return info;
}

}  // namespace fenchel
