#include "prox/calculus/transformed.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fenchel {
namespace {

void check_vector(const char* name, const std::vector<double>& vector, index size) {
  if (!vector.empty() && size != kAnySize && static_cast<index>(vector.size()) != size)
    fail(Status::SHAPE, "% has % elements; the term it is for has size %", name, static_cast<index>(vector.size()),
         size);
}

// How far rounding may have carried a point of this size.
template <class T>
double rounding(double size) {
  return 8 * static_cast<double>(std::numeric_limits<T>::epsilon()) * size;
}

}  // namespace

Transformed::Transformed(std::shared_ptr<const Prox> inner, Transformation change)
    : inner_(std::move(inner)), change_(std::move(change)) {
  check_vector("the shift", change_.s, inner_->size());
  check_vector("the tilt", change_.u, inner_->size());
  check_vector("the center", change_.z, inner_->size());
  const double weak = inner_->weak_convexity();
  weak_ = weak == 0 ? 0 : std::max(0.0, change_.c * change_.a * change_.a * weak - change_.rho);
  caps_ = find_caps();
  find_rules();
}

index Transformed::size() const {
  if (inner_->size() != kAnySize) return inner_->size();
  const std::size_t most = std::max({change_.s.size(), change_.u.size(), change_.z.size()});
  return most == 0 ? kAnySize : static_cast<index>(most);
}

double Transformed::strong_convexity() const {
  if (weak_ > 0) return 0;
  const double weak = inner_->weak_convexity(), scale = change_.c * change_.a * change_.a;
  return change_.rho + scale * inner_->strong_convexity() - (weak == 0 ? 0 : scale * weak);
}

unsigned Transformed::find_caps() const {
  const unsigned inner = inner_->caps();
  unsigned caps = inner & (PROX_SEPARABLE | PROX_VECTOR_STEP | PROX_VJP | PROX_FULL_DOMAIN | PROX_QUADRATIC);
  const bool tilted = !change_.u.empty(), round = change_.rho > 0, moved = !change_.s.empty();
  if (weak_ == 0) caps |= PROX_CONVEX;
  if (!tilted && !round) caps |= inner & PROX_INDICATOR;
  if (!moved && !round) caps |= inner & PROX_HOMOGENEOUS;
  if (!moved && !tilted && change_.z.empty()) caps |= inner & PROX_EVEN;
  if (!moved && !tilted && !round) caps |= inner & PROX_GROUPS;
  return caps | (round ? static_cast<unsigned>(PROX_CONJUGATE) : inner & PROX_CONJUGATE);
}

void Transformed::find_rules() {
  if (!change_.s.empty() || !change_.u.empty() || !change_.z.empty()) return;
  const double a = std::abs(change_.a), c = change_.c;
  if (const SoftBox* rule = inner_->soft_box()) {
    const bool bounded =
        rule->lower != -kInf || rule->upper != kInf || rule->lowers != nullptr || rule->uppers != nullptr;
    if (!(bounded && change_.a != 1) && !(rule->weights != nullptr && change_.rho > 0)) {
      rule_ = *rule;
      rule_->l1 *= c * a;
      rule_->l2 = rule_->l2 * c * a * a + change_.rho;
    }
  }
  const Groups* groups = inner_->signed_groups();
  if (groups != nullptr && change_.rho == 0 && !(groups->positive && change_.a < 0)) {
    groups_ = *groups;
    groups_->lam *= c * a;
    groups_->l1 *= c * a;
  }
}

double Transformed::extra1(index j, double x) const {
  const double d = x - at(change_.z, j);
  return (change_.u.empty() ? 0 : at(change_.u, j) * x) + (change_.rho == 0 ? 0 : 0.5 * change_.rho * d * d);
}

template <class T>
double Transformed::extra(index n, const T* x) const {
  double sum = 0;
  if (change_.u.empty() && change_.rho == 0) return sum;
  for (index j = 0; j < n; ++j) sum += extra1(j, static_cast<double>(x[j]));
  return sum;
}

template <class T>
Step<T> Transformed::inner_step(index n, Step<T> step, Scratch& scratch) const {
  const double scale = change_.c * change_.a * change_.a;
  const auto changed = [&](T t) {
    const double wide = static_cast<double>(t);
    return static_cast<T>(scale * (wide / (1 + change_.rho * wide)));
  };
  if (step.each == nullptr) return {changed(step.scalar)};
  T* each = scratch.take<T>(n);
  for (index j = 0; j < n; ++j) each[j] = changed(step.each[j]);
  return {1, each};
}

template <class T>
void Transformed::inner_point(index n, const T* v, Step<T> step, T* y) const {
  for (index j = 0; j < n; ++j) {
    const double t = static_cast<double>(step[j]), pull = change_.rho * at(change_.z, j) - at(change_.u, j);
    y[j] =
        static_cast<T>(change_.a * ((static_cast<double>(v[j]) + t * pull) / (1 + change_.rho * t)) + at(change_.s, j));
  }
}

template <class T>
double Transformed::prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
  const Step<T> changed = inner_step(n, step, scratch);
  inner_point(n, v, step, out);
  const double value = inner_->prox(n, out, changed, out, scratch);
  if (!same_variable())
    for (index j = 0; j < n; ++j) out[j] = static_cast<T>((static_cast<double>(out[j]) - at(change_.s, j)) / change_.a);
  return change_.c * value + extra(n, out);
}

template <class T>
double Transformed::value_of(index n, const T* x, Scratch scratch) const {
  if (same_variable()) return change_.c * inner_->value(n, x, scratch) + extra(n, x);
  T* y = scratch.take<T>(n);
  double size = 0;
  for (index j = 0; j < n; ++j) {
    const double ax = change_.a * static_cast<double>(x[j]), s = at(change_.s, j);
    y[j] = static_cast<T>(ax + s);
    size = std::max({size, std::abs(ax), std::abs(s)});
  }
  double value = inner_->value(n, y, scratch);
  if (value == kInf && (inner_->caps() & PROX_INDICATOR) != 0) {
    T* p = scratch.take<T>(n);
    inner_->prox(n, y, {1}, p, scratch);
    double apart = 0;
    for (index j = 0; j < n; ++j) apart = std::max(apart, std::abs(static_cast<double>(p[j] - y[j])));
    if (apart <= rounding<T>(size)) value = 0;
  }
  return change_.c * value + extra(n, x);
}

template <class T>
void Transformed::vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
  const Step<T> changed = inner_step(n, step, scratch);
  T* y = scratch.take<T>(n);
  inner_point(n, v, step, y);
  inner_->vjp(n, y, changed, cotangent, out, scratch);
  if (change_.rho > 0)
    for (index j = 0; j < n; ++j) out[j] /= static_cast<T>(1 + change_.rho * static_cast<double>(step[j]));
}

template <class T>
double Transformed::conjugate_of(index n, const T* w, Scratch scratch) const {
  const double a = change_.a, c = change_.c, rho = change_.rho;
  T* y = scratch.take<T>(n);
  double sum = 0;
  if (rho == 0) {
    for (index j = 0; j < n; ++j) {
      const double dual = (static_cast<double>(w[j]) - at(change_.u, j)) / a;
      y[j] = static_cast<T>(dual / c);
      sum -= change_.s.empty() ? 0 : dual * at(change_.s, j);
    }
    return c * inner_->conjugate(n, y, scratch) + sum;
  }
  for (index j = 0; j < n; ++j)
    y[j] = static_cast<T>(a * (at(change_.z, j) + (static_cast<double>(w[j]) - at(change_.u, j)) / rho) +
                          at(change_.s, j));
  const double value = inner_->prox(n, y, {static_cast<T>(c * a * a / rho)}, y, scratch);
  for (index j = 0; j < n; ++j) {
    const double x = (static_cast<double>(y[j]) - at(change_.s, j)) / a;
    sum += static_cast<double>(w[j]) * x - extra1(j, x);
  }
  return sum - c * value;
}

double Transformed::prox1(index j, double v, double step) const {
  const double a = change_.a, s = at(change_.s, j), shrink = 1 + change_.rho * step;
  const double y = a * ((v + step * (change_.rho * at(change_.z, j) - at(change_.u, j))) / shrink) + s;
  const double p = inner_->prox1(j, y, change_.c * a * a * (step / shrink));
  return same_variable() ? p : (p - s) / a;
}

// y, or the point of an indicator's set that rounding made y miss.
double Transformed::snapped(index j, double y, double size) const {
  if (same_variable() || (inner_->caps() & PROX_INDICATOR) == 0) return y;
  const double p = inner_->prox1(j, y, 1);
  return std::abs(p - y) <= rounding<double>(size) ? p : y;
}

double Transformed::value1(index j, double x) const {
  const double ax = change_.a * x, s = at(change_.s, j);
  const double y = snapped(j, ax + s, std::max(std::abs(ax), std::abs(s)));
  return change_.c * inner_->value1(j, y) + extra1(j, x);
}

double Transformed::subdiff_distance1(index j, double x, double grad) const {
  const double ax = change_.a * x, s = at(change_.s, j), scale = change_.c * change_.a;
  const double rest = (grad + at(change_.u, j) + change_.rho * (x - at(change_.z, j))) / scale;
  const double size = std::max(std::abs(ax), std::abs(s));
  double y = snapped(j, ax + s, size);
  if (!same_variable()) {  // a kink that rounding missed shows as a proximal point next to y
    const double p = inner_->prox1(j, y - rest, 1);
    if (std::abs(p - y) <= rounding<double>(size + std::abs(rest))) y = p;
  }
  return std::abs(scale) * inner_->subdiff_distance1(j, y, rest);
}

#define FENCHEL_TRANSFORMED(T)                                                              \
  template double Transformed::prox_of(index, const T*, Step<T>, T*, Scratch) const;        \
  template double Transformed::value_of(index, const T*, Scratch) const;                    \
  template void Transformed::vjp_of(index, const T*, Step<T>, const T*, T*, Scratch) const; \
  template double Transformed::conjugate_of(index, const T*, Scratch) const;
FENCHEL_TRANSFORMED(float)
FENCHEL_TRANSFORMED(double)
#undef FENCHEL_TRANSFORMED

}  // namespace fenchel
