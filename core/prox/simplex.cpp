// simplex.cpp -- g(x) = 0 on {x >= 0, sum x = radius}
//
// prox     x = max(v - tau, 0), sum x = radius: expected O(n) (simplex_threshold.hpp)
// offers   vjp (centring on the support), conjugate radius max u
// paper    Condat, Fast projection onto the simplex and the l1 ball (2016)
#include "prox/simplex_set.hpp"
#include "prox/simplex_threshold.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {real_param("radius", 1.0, 0.0, 1e300, "sum of the coordinates")};

class Simplex final : public ProxOf<Simplex>, public SimplexSet {
 public:
  explicit Simplex(const Params& params) : radius_(params.real("radius")) {}
  unsigned caps() const override { return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | PROX_CONJUGATE; }
  index scratch_bytes(index n) const override { return simplex_threshold_bytes<double>(n); }
  double radius() const override { return radius_; }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch scratch) const {
    const double tau = simplex_threshold<Entries::plain>(n, v, radius_, scratch);
    if (tau != tau) return all_nan(n, out);
    for (index i = 0; i < n; ++i) out[i] = static_cast<T>(std::max(static_cast<double>(v[i]) - tau, 0.0));
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double slack = kSlack<T> * radius_;
    double least = 0;
    for (index i = 0; i < n; ++i) least = std::min(least, static_cast<double>(x[i]));
    const double sum = lane_sum(n, x, [](double a) { return a; });
    return sum != sum ? kNaN : inside(least >= -slack && std::abs(sum - radius_) <= slack);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch scratch) const {
    const double tau = simplex_threshold<Entries::plain>(n, v, radius_, scratch);
    double sum = 0;
    index count = 0;
    for (index i = 0; i < n; ++i) {
      if (!(static_cast<double>(v[i]) > tau)) continue;
      sum += static_cast<double>(cotangent[i]);
      ++count;
    }
    if (tau != tau) return void(all_nan(n, out));
    const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
    for (index i = 0; i < n; ++i)
      out[i] = static_cast<double>(v[i]) > tau ? static_cast<T>(static_cast<double>(cotangent[i]) - mean) : T(0);
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    return radius_ * static_cast<double>(kernels::table<T>().max_value(u, n));
  }

 private:
  double radius_;
};

}  // namespace

const TermInfo& term_simplex() {
  static constexpr TermInfo info{TermKind::prox, "simplex", "0 on {x >= 0, sum x = radius}: projection on the simplex",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Simplex>(p); }};
  return info;
}

}  // namespace fenchel
