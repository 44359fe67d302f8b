// transformed.hpp -- h(x) = c g(a x + s) + <u, x> + rho / 2 ||x - z||^2 of a simple term g: what the terms scaled,
// translated, dilated, tilted and regularized are made from.
//
// prox     the squares go first: t' = t / (1 + rho t), v' = (v - t u + rho t z) / (1 + rho t); then y = a x + s is the
//          proximal point of g at a v' + s with step c a^2 t'
// conjugate  rho = 0: c g*(w) - <c w, s> with w = (. - u) / (a c); rho > 0: the maximiser is a proximal point
#pragma once
#include <optional>

#include "prox/prox.hpp"

namespace fenchel {

struct Transformation {
  double c = 1, a = 1, rho = 0;
  std::vector<double> s, u, z;  // empty: 0
};

class Transformed final : public ProxOf<Transformed> {
 public:
  Transformed(std::shared_ptr<const Prox> inner, Transformation change);
  unsigned caps() const override { return caps_; }
  index size() const override;
  index scratch_bytes(index n) const override { return 2 * scratch_for<double>(n) + inner_->scratch_bytes(n); }
  const SoftBox* soft_box() const override { return rule_ ? &*rule_ : nullptr; }
  const Groups* groups() const override { return inner_->groups() != nullptr ? signed_groups() : nullptr; }
  const Groups* signed_groups() const override { return groups_ ? &*groups_ : nullptr; }
  double weak_convexity() const override { return weak_; }
  double strong_convexity() const override;

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const;
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const;
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const;
  template <class T>
  double conjugate_of(index n, const T* w, Scratch scratch) const;
  double prox1(index j, double v, double step) const override;
  double value1(index j, double x) const override;
  double subdiff_distance1(index j, double x, double grad) const override;

 private:
  static double at(const std::vector<double>& vector, index j) {
    return vector.empty() ? 0 : vector[static_cast<std::size_t>(j)];
  }
  bool same_variable() const { return change_.a == 1 && change_.s.empty(); }
  unsigned find_caps() const;
  void find_rules();
  double extra1(index j, double x) const;
  template <class T>
  double extra(index n, const T* x) const;
  template <class T>
  Step<T> inner_step(index n, Step<T> step, Scratch& scratch) const;
  template <class T>
  void inner_point(index n, const T* v, Step<T> step, T* y) const;
  double snapped(index j, double y, double size) const;

  std::shared_ptr<const Prox> inner_;
  Transformation change_;
  double weak_ = 0;
  unsigned caps_ = 0;
  std::optional<SoftBox> rule_;
  std::optional<Groups> groups_;
};

}  // namespace fenchel
