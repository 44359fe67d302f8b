// l2_ball.cpp -- the indicator of ||x - center||_2 <= radius
//
// prox     center + min(1, radius / ||v - center||) (v - center)
// offers   projection, vjp, conjugate <center, u> + radius ||u||_2
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("radius", 1.0, 0.0, 1e300, "radius of the ball"),
    array_param("center", -1e300, 1e300, "(n) centre of the ball; 0 without"),
};

class L2Ball final : public ProxOf<L2Ball> {
 public:
  explicit L2Ball(const Params& params)
      : radius_(params.real("radius")), center_(copy_doubles(params.array("center"))) {}
  unsigned caps() const override {
    return PROX_CONVEX | PROX_INDICATOR | PROX_VJP | PROX_CONJUGATE | (center_.empty() ? PROX_EVEN : 0U);
  }
  index size() const override { return center_.empty() ? kAnySize : static_cast<index>(center_.size()); }

  template <class T>
  double prox_of(index n, const T* v, Step<T>, T* out, Scratch) const {
    const double r = away(n, v);
    if (r != r) return all_nan(n, out);
    const double scale = r > radius_ ? radius_ / r : 1;
    for (index j = 0; j < n; ++j)
      out[j] = scale == 1 ? v[j] : static_cast<T>(at(j) + scale * (static_cast<double>(v[j]) - at(j)));
    return 0;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    const double size = norm_of(n, [x](index j) { return static_cast<double>(x[j]); });
    return inside(away(n, x) <= radius_ + kSlack<T> * (radius_ + size));
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    double sum = 0;
    for (index j = 0; j < n; ++j) sum += at(j) * static_cast<double>(u[j]);
    const double size = norm_of(n, [u](index j) { return static_cast<double>(u[j]); });
    return sum + (size == 0 ? 0 : radius_ * size);
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T>, const T* cotangent, T* out, Scratch) const {
    const double r = away(n, v), scale = r > radius_ ? radius_ / r : 1;
    double along = 0;
    if (r > radius_)
      for (index j = 0; j < n; ++j)
        along += (static_cast<double>(v[j]) - at(j)) / r * static_cast<double>(cotangent[j]);
    for (index j = 0; j < n; ++j) {
      const double w = r > radius_ ? (static_cast<double>(v[j]) - at(j)) / r : 0;
      out[j] = static_cast<T>(scale * (static_cast<double>(cotangent[j]) - along * w));
    }
  }

 private:
  double at(index j) const { return center_.empty() ? 0 : center_[static_cast<std::size_t>(j)]; }
  template <class T>
  double away(index n, const T* x) const {
    return norm_of(n, [this, x](index j) { return static_cast<double>(x[j]) - at(j); });
  }
  double radius_;
  std::vector<double> center_;
};

}  // namespace

const TermInfo& term_l2_ball() {
  static constexpr TermInfo info{TermKind::prox, "l2_ball", "the indicator of ||x - center||_2 <= radius", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<L2Ball>(p); }};
  return info;
}

}  // namespace fenchel
