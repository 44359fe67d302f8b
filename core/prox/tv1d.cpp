// tv1d.cpp -- g(x) = lam sum_i w_i |x_{i+1} - x_i|, total variation in one dimension (fused lasso)
//
// prox     exact, O(n) for any data (tv1d_solver.hpp)
// offers   vjp (means over the constant pieces), conjugate (running sums of u bounded by lam w, total 0)
// paper    Condat, A direct algorithm for 1-D total variation denoising (2013); Johnson, A dynamic programming
//          algorithm for the fused lasso and L0-segmentation (2013) for weights and for what would be slow otherwise
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
    double* x;
    if constexpr (sizeof(T) == sizeof(double))
      x = out;
    else
      x = scratch.take<double>(n);
    if (!solve(n, v, static_cast<double>(step.scalar), x, scratch)) return all_nan(n, out);
    if constexpr (sizeof(T) != sizeof(double))
      for (index i = 0; i < n; ++i) out[i] = static_cast<T>(x[i]);
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    if (!weights_.empty()) {
      double value = 0;
      for (index i = 0; i + 1 < n; ++i) value += level(i) * jump(x + i);
      return value;
    }
    double lanes[4] = {};
    index i = 0;
    for (; i + 5 <= n; i += 4)
      for (index l = 0; l < 4; ++l) lanes[l] += jump(x + i + l);
    for (; i + 1 < n; ++i) lanes[0] += jump(x + i);
    const double value = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    return lam_ == 0 && value == value ? 0 : lam_ * value;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    double* x = scratch.take<double>(n);
    if (!solve(n, v, static_cast<double>(step.scalar), x, scratch)) return void(all_nan(n, out));
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
  template <class T>
  static double jump(const T* x) {
    return std::abs(static_cast<double>(x[1]) - static_cast<double>(x[0]));
  }
  double level(index i) const { return weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(i)]; }

  // The point in double at x; false with a NaN or an infinity.
  template <class T>
  bool solve(index n, const T* v, double step, double* x, Scratch scratch) const {
    Tv1dSolver solver(n, scratch);
    if (weights_.empty()) {  // copied and summed up at once
      double lanes[8] = {};
      index i = 0;
      for (; i + 8 <= n; i += 8)
        for (index l = 0; l < 8; ++l) lanes[l] += x[i + l] = static_cast<double>(v[i + l]);
      for (; i < n; ++i) lanes[0] += x[i] = static_cast<double>(v[i]);
      double sum = 0;
      for (const double lane : lanes) sum += lane;
      return std::abs(sum) < kInf && solver.solve_finite(n, x, step * lam_);
    }
    for (index i = 0; i < n; ++i) x[i] = static_cast<double>(v[i]);
    return solver.solve(n, x, [&](index i) { return step * level(i); });
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
